import { api } from "../api.ts";
import { href, navigate, type Route } from "../router.ts";
import type { Quarantined } from "../types.ts";
import { Badge } from "../ui/badge.tsx";
import { Choice } from "../ui/choice.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { type Column, VirtualTable } from "../ui/virtual-table.tsx";
import { useLoad } from "../use-load.ts";
import { usePages } from "../use-pages.ts";

const COLUMNS: readonly Column<Quarantined>[] = [
  {
    name: "source",
    title: "Source",
    width: "160px",
    cell: (entry) => (
      <a class="main" href={href(`/quarantine/${entry.id}`)}>
        {entry.source}
      </a>
    ),
  },
  { name: "payload", title: "What was sent", cell: ({ payload }) => <code>{glimpse(payload)}</code> },
  { name: "sightings", title: "Times", width: "72px", cell: ({ sightings }) => sightings },
  { name: "state", title: "State", width: "124px", cell: (entry) => <State entry={entry} /> },
  { name: "receivedAt", title: "Received", width: "148px", cell: ({ receivedAt }) => <Time at={receivedAt} /> },
];

/** What had no usable address: kept whole, to be taken in once the mapping is mended. */
export function Quarantine({ route }: { readonly route: Route }) {
  const source = route.query.get("source") ?? "";
  const pages = usePages<Quarantined>(`quarantine ${source}`, (cursor, limit) =>
    api.quarantine({ source, cursor, limit }),
  );
  const sources = useLoad(api.sources, []);
  const isEmpty = pages.items.length === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Quarantine</h1>
          <p>Requests without a usable e-mail address. Nothing of them is lost.</p>
        </div>
      </div>
      <div class="card list">
        <search class="table-bar" aria-label="Filters">
          <Choice
            label="Source"
            value={source}
            onChange={(slug) => navigate(slug === "" ? "/quarantine" : `/quarantine?source=${slug}`, { replace: true })}
          >
            <option value="">Any source</option>
            {(sources.data ?? []).map(({ slug }) => (
              <option key={slug}>{slug}</option>
            ))}
          </Choice>
        </search>
        {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
        {isEmpty && pages.isLoading && (
          <div class="inset">
            <Skeleton lines={5} tall />
          </div>
        )}
        {isEmpty && !pages.hasMore && (
          <Empty icon="check" title="Nothing is held back">
            <p>
              Should a form or webhook send something in which no address can be found, it waits here with everything
              that was sent. You then say which field is the address, and it becomes a lead.
            </p>
          </Empty>
        )}
        {!isEmpty && (
          <VirtualTable
            label="Quarantine"
            columns={COLUMNS}
            {...{ items: pages.items, hasMore: pages.hasMore, more: pages.more }}
            card={(entry) => <Card entry={entry} />}
          />
        )}
      </div>
    </>
  );
}

function Card({ entry }: { readonly entry: Quarantined }) {
  return (
    <>
      <div class="line">
        <a class="main" href={href(`/quarantine/${entry.id}`)}>
          {entry.source}
        </a>
        <State entry={entry} />
      </div>
      <div class="line">
        <span>{glimpse(entry.payload)}</span>
      </div>
      <div class="line">
        <span>{entry.reason}</span>
        <Time at={entry.receivedAt} relative />
      </div>
    </>
  );
}

function State({ entry }: { readonly entry: Quarantined }) {
  return entry.retriedAt === null ? <Badge tone="warn">waits</Badge> : <Badge tone="good">taken in</Badge>;
}

function glimpse(payload: object): string {
  return JSON.stringify(payload).slice(0, 160);
}
