import { useRef, useState } from "preact/hooks";
import { nameOf } from "../lead-name.ts";
import { href } from "../router.ts";
import { read, write } from "../theme.ts";
import type { Lead } from "../types.ts";
import { Badge, Status } from "../ui/badge.tsx";
import { Icon } from "../ui/icon.tsx";
import { Time } from "../ui/time.tsx";
import type { Column } from "../ui/virtual-table.tsx";

/** Every column the list of leads can have. */
export const COLUMNS: readonly Column<Lead>[] = [
  {
    name: "name",
    title: "Name",
    width: "22%",
    cell: (lead) => (
      <a class="main" href={href(`/leads/${lead.id}`)}>
        {nameOf(lead)}
      </a>
    ),
  },
  { name: "email", title: "E-mail", width: "24%", cell: ({ email }) => email },
  { name: "company", title: "Company", cell: ({ company }) => company ?? <None /> },
  { name: "phone", title: "Phone", cell: ({ phone }) => phone ?? <None /> },
  { name: "country", title: "Country", width: "96px", cell: ({ country }) => country ?? <None /> },
  { name: "status", title: "Status", width: "172px", cell: (lead) => <LeadStatus lead={lead} /> },
  { name: "source", title: "Source", cell: ({ source }) => source },
  { name: "campaign", title: "Campaign", cell: ({ utm }) => utm.campaign ?? <None /> },
  { name: "submissions", title: "Posts", width: "72px", cell: ({ submissionCount }) => submissionCount },
  { name: "createdAt", title: "Created", width: "148px", cell: ({ createdAt }) => <Time at={createdAt} /> },
  { name: "updatedAt", title: "Updated", width: "148px", cell: ({ updatedAt }) => <Time at={updatedAt} /> },
];
/** Those the service sorts by. */
export const SORTABLE = ["createdAt", "updatedAt"];
const SHOWN = ["name", "email", "company", "status", "source", "updatedAt"];
const COLUMNS_PLACE = "leadgate.lead-columns";

function None() {
  return <span class="quiet-text">–</span>;
}

function LeadStatus({ lead }: { readonly lead: Lead }) {
  return (
    <span class="row tight">
      <Status of={lead.status} />
      {lead.suppressed && <Badge tone="warn">no mail</Badge>}
    </span>
  );
}

/** A lead where columns have no room. */
export function LeadCard({ lead }: { readonly lead: Lead }) {
  return (
    <>
      <div class="line">
        <a class="main" href={href(`/leads/${lead.id}`)}>
          {nameOf(lead)}
        </a>
        <LeadStatus lead={lead} />
      </div>
      <div class="line">
        <span>{lead.email}</span>
      </div>
      <div class="line">
        <span>{[lead.company, lead.source].filter(Boolean).join(" · ")}</span>
        <Time at={lead.updatedAt} relative />
      </div>
    </>
  );
}

/** The columns the viewer has chosen, kept in this browser. */
export function useShownColumns() {
  const [shown, setShown] = useState<readonly string[]>(() => {
    const kept = (read(COLUMNS_PLACE) ?? "")
      .split(",")
      .filter((name) => COLUMNS.some((column) => column.name === name));
    return kept.length > 0 ? kept : SHOWN;
  });
  const keep = (names: readonly string[]) => {
    write(COLUMNS_PLACE, names.join(","));
    setShown(names);
  };
  return [shown, keep] as const;
}

interface ColumnChoiceProps {
  readonly shown: readonly string[];
  readonly onShown: (names: readonly string[]) => void;
}

/** Which columns are shown. */
export function ColumnChoice({ shown, onShown }: ColumnChoiceProps) {
  const box = useRef<HTMLDetailsElement>(null);
  const toggle = (name: string) =>
    onShown(shown.includes(name) ? shown.filter((one) => one !== name) : [...shown, name]);
  const close = (event: KeyboardEvent) => {
    if (event.key !== "Escape" || box.current === null) return;
    box.current.open = false;
    box.current.querySelector("summary")?.focus();
  };
  return (
    <details class="pop desk" ref={box} onKeyDown={close}>
      <summary class="button">
        <Icon name="columns" size={16} /> Columns
      </summary>
      <div>
        {COLUMNS.filter(({ name }) => name !== "name").map(({ name, title }) => (
          <label key={name} class="check">
            <input type="checkbox" checked={shown.includes(name)} onChange={() => toggle(name)} />
            {title}
          </label>
        ))}
      </div>
    </details>
  );
}
