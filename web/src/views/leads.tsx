import { api, searchOf } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, type Route } from "../router.ts";
import type { Lead } from "../types.ts";
import { Icon } from "../ui/icon.tsx";
import { Empty, Failure, Skeleton } from "../ui/states.tsx";
import { VirtualTable } from "../ui/virtual-table.tsx";
import { usePages } from "../use-pages.ts";
import { COLUMNS, LeadCard, SORTABLE, useShownColumns } from "./lead-columns.tsx";
import { change, filterOf, type LeadFilter, LeadFilters, sinceOf } from "./lead-filters.tsx";

/** Every lead, as many as there are. */
export function Leads({ route }: { readonly route: Route }) {
  const filter = filterOf(route);
  const [shown, setShown] = useShownColumns();
  const query = { ...filter, createdAfter: sinceOf(filter.createdAfter) };
  const key = `leads ${searchOf(filter)}`;
  const pages = usePages<Lead>(key, (cursor, limit) => api.leads({ ...query, cursor, limit }));
  const columns = COLUMNS.filter(({ name }) => shown.includes(name));
  const sort = filter.sort ?? "-updatedAt";
  const sortBy = (column: string) => change(filter, { sort: sort === `-${column}` ? column : `-${column}` });
  const isEmpty = pages.items.length === 0;
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Leads</h1>
          <Total filter={filter} loaded={pages.items.length} hasMore={pages.hasMore} />
        </div>
        <Export filter={filter} />
      </div>
      <div class="card list">
        <LeadFilters filter={filter} shown={shown} onShown={setShown} />
        {pages.error !== undefined && <Failure error={pages.error} retry={pages.more} />}
        {isEmpty && pages.isLoading && (
          <div class="inset">
            <Skeleton lines={8} tall />
          </div>
        )}
        {isEmpty && !pages.hasMore && <NoLeads isFiltered={searchOf({ ...filter, sort: undefined }) !== ""} />}
        {!isEmpty && (
          <VirtualTable
            label="Leads"
            {...{ columns, items: pages.items, hasMore: pages.hasMore, more: pages.more, sortable: SORTABLE }}
            sort={{ column: sort.replace("-", ""), isDescending: sort.startsWith("-") }}
            onSort={sortBy}
            card={(lead) => <LeadCard lead={lead} />}
          />
        )}
        {!isEmpty && pages.isLoading && <p class="table-foot">Loading more…</p>}
      </div>
    </>
  );
}

interface TotalProps {
  readonly filter: LeadFilter;
  readonly loaded: number;
  readonly hasMore: boolean;
}

/** How many leads there are; of a filtered list that is known once its end was seen. */
function Total({ filter, loaded, hasMore }: TotalProps) {
  const { summary } = useSurroundings().live;
  const isFiltered = searchOf({ ...filter, sort: undefined }) !== "";
  const count = isFiltered ? (hasMore ? undefined : loaded) : summary?.leads;
  const words = isFiltered ? "found" : "in all";
  return (
    <p>
      {count === undefined ? (isFiltered ? "The newest of those found" : "…") : `${count.toLocaleString()} ${words}`}
    </p>
  );
}

function Export({ filter }: { readonly filter: LeadFilter }) {
  const file = (format: string) =>
    `/v1/leads/export${searchOf({ ...filter, createdAfter: sinceOf(filter.createdAfter), format })}`;
  return (
    <div class="row">
      <a class="button" href={file("csv")} download>
        <Icon name="download" size={16} /> CSV
      </a>
      <a class="button" href={file("ndjson")} download>
        <Icon name="download" size={16} /> NDJSON
      </a>
    </div>
  );
}

function NoLeads({ isFiltered }: { readonly isFiltered: boolean }) {
  if (isFiltered) {
    return (
      <Empty icon="search" title="No lead is like that">
        <p>Try fewer filters, or a part of the name, address or company.</p>
        <a class="button" href={href("/leads")}>
          Show all leads
        </a>
      </Empty>
    );
  }
  return (
    <Empty icon="leads" title="No leads yet">
      <p>The first step: have a form or a webhook post to Leadgate. The snippet is ready to copy.</p>
      <a class="button primary" href={href("/sources")}>
        Connect a form
      </a>
    </Empty>
  );
}
