import type { Database } from "../store/client.ts";
import { exportedEvents, exportedSubmissions } from "../store/export.ts";
import { findLeads, type LeadQuery } from "../store/find-leads.ts";
import type { Place } from "../store/keyset.ts";
import { withDatabase } from "../store/transaction.ts";
import { type LeadView, leadView } from "./lead-view.ts";

/** Rows held in memory at once. */
const PAGE = 1_000;

/** Everything there is of something, page by page; the next page is read when the last one was taken. */
export interface Export {
  leads(query: Omit<LeadQuery, "after" | "limit">): AsyncGenerator<readonly LeadView[]>;
  /** Accepted submissions and counted events, each kind in the order of arrival: what a replay needs. */
  submissions(): AsyncGenerator<readonly object[]>;
}

export function createExport({ database }: { database: Database }): Export {
  const { prisma } = database;
  return {
    async *leads(query) {
      const pages = paged(
        (after: Place | undefined, limit) => findLeads(prisma, { ...query, after, limit }),
        (lead) => ({
          at: lead[query.sortBy],
          id: lead.id,
        }),
      );
      for await (const rows of pages) yield rows.map(leadView);
    },
    async *submissions() {
      yield* paged(
        (after: string | undefined, limit) => exportedSubmissions(prisma, after, limit),
        ({ id }) => id,
      );
      yield* paged(
        (after: string | undefined, limit) => exportedEvents(prisma, after, limit),
        ({ id }) => id,
      );
    },
  };
}

/** Reads from place to place, so that a page costs the same however many came before it. */
async function* paged<Row, At>(
  read: (after: At | undefined, limit: number) => Promise<Row[]>,
  placeOf: (row: Row) => At,
): AsyncGenerator<Row[]> {
  let after: At | undefined;
  for (;;) {
    const rows = await withDatabase(() => read(after, PAGE));
    if (rows.length > 0) yield rows;
    if (rows.length < PAGE) return;
    after = placeOf(rows.at(-1)!);
  }
}
