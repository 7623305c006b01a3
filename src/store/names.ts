import type { Queryable } from "./client.ts";

/** Enough of a lead for a person to know who it is. */
export interface LeadName {
  readonly id: string;
  readonly email: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

export async function findLeadNames(db: Queryable, ids: readonly string[]): Promise<LeadName[]> {
  return db.lead.findMany({
    where: { id: { in: [...ids] } },
    select: { id: true, email: true, firstName: true, lastName: true },
  });
}

export interface SeenSource {
  readonly source: string;
  /** When its newest lead was made. */
  readonly lastLeadAt: Date;
}

/** The first sources of leads, by name: jumps from one to the next in the index instead of reading every lead. */
export async function findSeenSources(db: Queryable, limit: number): Promise<SeenSource[]> {
  return db.$queryRaw`
    WITH RECURSIVE seen AS (
      (SELECT source, 1 AS n FROM leads ORDER BY source LIMIT 1)
      UNION ALL
      SELECT (SELECT source FROM leads WHERE source > seen.source ORDER BY source LIMIT 1), n + 1
      FROM seen WHERE source IS NOT NULL AND n < ${limit}
    )
    SELECT source, (SELECT created_at FROM leads WHERE leads.source = seen.source ORDER BY created_at DESC LIMIT 1)
      AS "lastLeadAt"
    FROM seen WHERE source IS NOT NULL`;
}
