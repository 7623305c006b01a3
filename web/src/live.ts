import { useEffect, useState } from "preact/hooks";
import { api } from "./api.ts";
import type { Summary } from "./types.ts";

/** How long after the stream was refused it is asked for again. */
const REOPEN_MS = 5_000;

/** How things stand now, as far as it is known. */
export interface LiveState {
  readonly summary: Summary | undefined;
  readonly connection: "connecting" | "live" | "unavailable";
}

/**
 * Listens to how things stand for as long as the page is seen: a browser has few connections to a server, and pages in
 * the background would take them all.
 */
export function useLive(onEnded: () => void): LiveState {
  const [state, setState] = useState<LiveState>({ summary: undefined, connection: "connecting" });
  useEffect(() => {
    let source: EventSource | undefined;
    let again: ReturnType<typeof setTimeout> | undefined;
    const connection = (name: LiveState["connection"]) => setState((before) => ({ ...before, connection: name }));
    const open = () => {
      source = new EventSource("/admin/live");
      source.addEventListener("summary", ({ data }) => setState({ summary: JSON.parse(data), connection: "live" }));
      source.addEventListener("unavailable", () => connection("unavailable"));
      source.addEventListener("ended", onEnded);
      source.addEventListener("error", () => {
        connection("connecting");
        // A browser tries again by itself after a cut, but not after an answer such as 502 of a proxy.
        if (source?.readyState === EventSource.CLOSED) again = setTimeout(reopen, REOPEN_MS);
      });
    };
    const reopen = async () => {
      try {
        if ((await api.session()) === undefined) onEnded();
        else look();
      } catch {
        again = setTimeout(reopen, REOPEN_MS);
      }
    };
    const look = () => {
      clearTimeout(again);
      source?.close();
      if (!document.hidden) open();
    };
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      clearTimeout(again);
      source?.close();
      document.removeEventListener("visibilitychange", look);
    };
  }, [onEnded]);
  return state;
}
