import { useEffect, useState } from "preact/hooks";

/** Where the viewer is: the address below `/admin`, in parts, and its query. */
export interface Route {
  readonly parts: readonly string[];
  readonly query: URLSearchParams;
}

const BASE = "/admin";
const listeners = new Set<() => void>();
let isBack = false;

/** Whether the viewer came by going back or forward: then the view is where they left it. */
export function cameBack(): boolean {
  return isBack;
}

function currentRoute(): Route {
  const parts = location.pathname.slice(BASE.length).split("/").filter(Boolean).map(decoded);
  return { parts, query: new URLSearchParams(location.search) };
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

/** Goes to another view. `replace` leaves no step back, for what is only a filter that is being typed. */
export function navigate(path: string, { replace = false } = {}): void {
  const url = BASE + path;
  if (url === location.pathname + location.search) return;
  isBack = false;
  if (replace) history.replaceState(history.state, "", url);
  else history.pushState(null, "", url);
  for (const listener of listeners) listener();
}

/** The address of a view, for links. */
export function href(path: string): string {
  return BASE + path;
}

export function useRoute(): Route {
  const [route, setRoute] = useState(currentRoute);
  useEffect(() => {
    const update = () => setRoute(currentRoute());
    const goBack = () => {
      isBack = true;
      update();
    };
    // The browser would scroll before there is anything to scroll to.
    history.scrollRestoration = "manual";
    listeners.add(update);
    addEventListener("popstate", goBack);
    return () => {
      listeners.delete(update);
      removeEventListener("popstate", goBack);
    };
  }, []);
  return route;
}

/** Follows links to views without loading the page anew; everything else is the browser's. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = (event.target as Element | null)?.closest("a");
  if (link?.target !== "" || link.hasAttribute("download") || link.origin !== location.origin) return;
  if (link.pathname !== BASE && !link.pathname.startsWith(`${BASE}/`)) return;
  if (link.hash !== "" && link.pathname === location.pathname) return;
  event.preventDefault();
  navigate(link.pathname.slice(BASE.length) + link.search);
}
