import type { ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { api } from "./api.ts";
import { useSurroundings } from "./context.ts";
import { cameBack, href, type Route, useRoute } from "./router.ts";
import { chooseTheme, chosenTheme, THEMES, type Theme } from "./theme.ts";
import type { Summary } from "./types.ts";
import { Icon, type IconName } from "./ui/icon.tsx";
import { Mark } from "./ui/mark.tsx";
import { Bounds, messageOf } from "./ui/states.tsx";
import { toast } from "./ui/toast.tsx";
import { Hooks } from "./views/hooks.tsx";
import { Keys } from "./views/keys.tsx";
import { LeadView } from "./views/lead.tsx";
import { Leads } from "./views/leads.tsx";
import { MessageView } from "./views/message.tsx";
import { Messages } from "./views/messages.tsx";
import { OverviewView } from "./views/overview.tsx";
import { Quarantine } from "./views/quarantine.tsx";
import { QuarantinedView } from "./views/quarantined.tsx";
import { Rules } from "./views/rules.tsx";
import { Sources } from "./views/sources.tsx";

interface Place {
  readonly path: string;
  readonly title: string;
  readonly icon: IconName;
  readonly view: ComponentType<{ route: Route }>;
  /** One of its items, where it has views of them. */
  readonly item?: ComponentType<{ route: Route }>;
  /** How many things in it wait for a person. */
  readonly waiting?: (summary: Summary) => number;
}

const PLACES: readonly Place[] = [
  { path: "", title: "Overview", icon: "overview", view: OverviewView },
  { path: "leads", title: "Leads", icon: "leads", view: Leads, item: LeadView },
  {
    path: "messages",
    title: "Messages",
    icon: "messages",
    view: Messages,
    item: MessageView,
    waiting: ({ messages }) => (messages.uncertain ?? 0) + (messages.failed ?? 0),
  },
  {
    path: "quarantine",
    title: "Quarantine",
    icon: "quarantine",
    view: Quarantine,
    item: QuarantinedView,
    waiting: ({ quarantined }) => quarantined,
  },
  { path: "sources", title: "Sources", icon: "sources", view: Sources, item: Sources },
  { path: "rules", title: "Rules and templates", icon: "rules", view: Rules, item: Rules },
  { path: "hooks", title: "Hooks", icon: "hooks", view: Hooks, item: Hooks },
  { path: "keys", title: "Keys", icon: "keys", view: Keys },
];

/** The frame around every view: where one can go, and who is signed in. */
export function Shell({ onSignOut }: { readonly onSignOut: () => void }) {
  const route = useRoute();
  const [isOpen, setOpen] = useState(false);
  const main = useRef<HTMLElement>(null);
  const place = PLACES.find(({ path }) => path === (route.parts[0] ?? ""));
  const View = place === undefined ? Lost : route.parts.length > 1 ? (place.item ?? Lost) : place.view;
  const where = route.parts.join("/");
  useArrival(main, where, place?.title ?? "Not found", () => setOpen(false));
  return (
    <div class={isOpen ? "shell open" : "shell"}>
      <a class="skip" href="#main">
        Skip to the content
      </a>
      <header class="top">
        <button type="button" class="quiet" aria-expanded={isOpen} aria-controls="nav" onClick={() => setOpen(!isOpen)}>
          <Icon name={isOpen ? "close" : "menu"} />
          <span class="hidden">Menu</span>
        </button>
        <Brand />
      </header>
      <div class="side" id="nav">
        <Brand />
        <Navigation current={place?.path} />
        <Account onSignOut={onSignOut} />
      </div>
      <main id="main" ref={main} tabIndex={-1}>
        <Bounds key={where}>
          <View route={route} />
        </Bounds>
      </main>
    </div>
  );
}

function Brand() {
  return (
    <a class="brand" href={href("")}>
      <Mark size={24} />
      Leadgate
    </a>
  );
}

function Navigation({ current }: { readonly current: string | undefined }) {
  const { summary } = useSurroundings().live;
  return (
    <nav aria-label="Views">
      {PLACES.map(({ path, title, icon, waiting }) => {
        const count = summary && waiting ? waiting(summary) : 0;
        return (
          <a key={path} href={href(path === "" ? "" : `/${path}`)} aria-current={path === current ? "page" : undefined}>
            <Icon name={icon} />
            <span>{title}</span>
            {count > 0 && (
              <b class="count">
                {count > 999 ? "999+" : count}
                <span class="hidden"> need a person</span>
              </b>
            )}
          </a>
        );
      })}
    </nav>
  );
}

function Account({ onSignOut }: { readonly onSignOut: () => void }) {
  const { session, live } = useSurroundings();
  const leave = async () => {
    try {
      await api.signOut();
      onSignOut();
    } catch (error) {
      toast(messageOf(error), { isBad: true });
    }
  };
  return (
    <div class="account">
      <p class={`live ${live.connection}`} role="status">
        {{ live: "Live", connecting: "Connecting…", unavailable: "The database can't be reached" }[live.connection]}
      </p>
      <p class="who">
        <b>{session.name}</b>
        <span>{session.canChange ? "may change everything" : "sees, changes nothing"}</span>
      </p>
      <div class="tools">
        <ThemeSwitch />
        <button type="button" onClick={leave}>
          <Icon name="signout" size={16} /> Sign out
        </button>
      </div>
    </div>
  );
}

const THEME_ICONS = { auto: "auto", light: "sun", dark: "moon" } as const;

function ThemeSwitch() {
  const [theme, setTheme] = useState<Theme>(chosenTheme);
  const next = THEMES[(THEMES.indexOf(theme) + 1) % THEMES.length]!;
  const change = () => {
    chooseTheme(next);
    setTheme(next);
  };
  return (
    <button
      type="button"
      onClick={change}
      aria-label={`Colours: ${theme}. Change to ${next}.`}
      title={`Colours: ${theme}`}
    >
      <Icon name={THEME_ICONS[theme]} size={16} />
    </button>
  );
}

/** Tells where one has come: by the window's title, the focus, and the top of the view. */
function useArrival(
  main: { readonly current: HTMLElement | null },
  where: string,
  title: string,
  onArrive: () => void,
) {
  const arrived = useRef(false);
  useEffect(() => {
    document.title = `${title} · Leadgate`;
    if (arrived.current) {
      onArrive();
      if (!cameBack()) scrollTo({ top: 0 });
      main.current?.focus({ preventScroll: true });
    }
    arrived.current = true;
  }, [where]);
}

function Lost(_props: { readonly route: Route }) {
  return (
    <div class="stack">
      <h1>There is nothing at this address</h1>
      <p>
        <a href={href("")}>Go to the overview</a>
      </p>
    </div>
  );
}
