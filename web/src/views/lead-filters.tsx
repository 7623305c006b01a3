import { useEffect, useRef, useState } from "preact/hooks";
import { api, searchOf } from "../api.ts";
import { navigate, type Route } from "../router.ts";
import { LEAD_STATUSES } from "../types.ts";
import { Choice } from "../ui/choice.tsx";
import { Icon } from "../ui/icon.tsx";
import { useLoad } from "../use-load.ts";
import { ColumnChoice } from "./lead-columns.tsx";

/** What the address says of the list; the same names as the service takes. */
const FILTERS = ["q", "status", "source", "createdAfter", "sort"] as const;
export type LeadFilter = Partial<Record<(typeof FILTERS)[number], string>>;

const SPANS = [
  ["", "Any time"],
  ["1", "Since yesterday"],
  ["7", "Last 7 days"],
  ["30", "Last 30 days"],
] as const;

interface BarProps {
  readonly filter: LeadFilter;
  readonly shown: readonly string[];
  readonly onShown: (names: readonly string[]) => void;
}

/** What the list is narrowed to. */
export function LeadFilters({ filter, shown, onShown }: BarProps) {
  const sources = useLoad(api.sources, []);
  const slugs = (sources.data ?? []).map(({ slug }) => slug);
  const known = filter.source === undefined || slugs.includes(filter.source) ? slugs : [filter.source, ...slugs];
  return (
    <search class="table-bar" aria-label="Filters">
      <SearchBox filter={filter} />
      <Choice label="Status" value={filter.status ?? ""} onChange={(status) => change(filter, { status })}>
        <option value="">Any status</option>
        {LEAD_STATUSES.map((status) => (
          <option key={status}>{status}</option>
        ))}
      </Choice>
      <Choice label="Source" value={filter.source ?? ""} onChange={(source) => change(filter, { source })}>
        <option value="">Any source</option>
        {known.map((slug) => (
          <option key={slug}>{slug}</option>
        ))}
      </Choice>
      <Choice
        label="Created"
        value={filter.createdAfter ?? ""}
        onChange={(createdAfter) => change(filter, { createdAfter })}
      >
        {SPANS.map(([days, title]) => (
          <option key={days} value={days}>
            {title}
          </option>
        ))}
      </Choice>
      <ColumnChoice shown={shown} onShown={onShown} />
    </search>
  );
}

const TYPING_MS = 250;

function SearchBox({ filter }: { readonly filter: LeadFilter }) {
  const [text, setText] = useState(filter.q ?? "");
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (text === (filter.q ?? "")) return undefined;
    const timer = setTimeout(() => change(filter, { q: text }), TYPING_MS);
    return () => clearTimeout(timer);
  }, [text, filter]);
  useEffect(() => {
    const focus = (event: KeyboardEvent) => {
      if (event.key !== "/" || (event.target as Element).matches("input, textarea, select")) return;
      event.preventDefault();
      input.current?.focus();
    };
    addEventListener("keydown", focus);
    return () => removeEventListener("keydown", focus);
  }, []);
  return (
    <div class="search">
      <Icon name="search" size={18} />
      <input
        ref={input}
        type="search"
        aria-label="Search leads by name, e-mail or company"
        placeholder="Name, e-mail or company"
        title="Press / to search"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
    </div>
  );
}

export function filterOf({ query }: Route): LeadFilter {
  const set = FILTERS.flatMap((name) => (query.get(name) ? [[name, query.get(name)]] : []));
  return Object.fromEntries(set) as LeadFilter;
}

export function change(filter: LeadFilter, changes: LeadFilter): void {
  navigate(`/leads${searchOf({ ...filter, ...changes })}`, { replace: true });
}

/** The beginning of the day so many days ago, in the viewer's zone. */
export function sinceOf(days: string | undefined): string | undefined {
  if (days === undefined || !/^\d{1,3}$/.test(days)) return undefined;
  const since = new Date();
  since.setHours(0, 0, 0, 0);
  since.setDate(since.getDate() - Number(days));
  return since.toISOString();
}
