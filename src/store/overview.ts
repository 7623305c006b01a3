import type { Queryable } from "./client.ts";
import { type Sql, sql } from "./keyset.ts";

/** Equal steps of time, the first of which begins at `from`. */
export interface Steps {
  readonly from: Date;
  readonly stepSeconds: number;
}

export interface Step {
  /** When the step begins. */
  readonly at: Date;
  readonly count: number;
}

/** Leads by the step they were made in; steps without any are left out. */
export async function countLeadsBySteps(db: Queryable, steps: Steps): Promise<Step[]> {
  return db.$queryRaw`
    SELECT ${stepOf(steps, sql`created_at`)} AS at, count(*)::int AS count FROM leads
    WHERE created_at >= ${steps.from} GROUP BY 1`;
}

/**
 * Submissions by the step they were received in, and how often those of the step were sent again.
 *
 * @param idFrom an id that no submission of these steps comes before. Ids are ordered by time, so that the primary key
 *   finds them: the intake pays for no index over times.
 */
export async function countSubmissionsBySteps(
  db: Queryable,
  steps: Steps,
  idFrom: string,
): Promise<(Step & { readonly replays: number })[]> {
  return db.$queryRaw`
    SELECT ${stepOf(steps, sql`received_at`)} AS at, count(*)::int AS count, sum(replay_count)::int AS replays
    FROM submissions WHERE id >= ${idFrom}::uuid AND received_at >= ${steps.from} GROUP BY 1`;
}

/** Follow-ups by the step they were queued in and where they stand now. */
export async function countMessagesBySteps(
  db: Queryable,
  steps: Steps,
): Promise<(Step & { readonly status: string })[]> {
  return db.$queryRaw`
    SELECT ${stepOf(steps, sql`created_at`)} AS at, status, count(*)::int AS count FROM sent_messages
    WHERE created_at >= ${steps.from} GROUP BY 1, 2`;
}

/** When the follow-up was queued that is queued longest; null when none is. */
export async function findOldestQueued(db: Queryable): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ at: Date | null }[]>`
    SELECT min(created_at) AS at FROM sent_messages WHERE status = 'queued'`;
  return row!.at;
}

function stepOf({ from, stepSeconds }: Steps, at: Sql): Sql {
  return sql`date_bin(make_interval(secs => ${stepSeconds}), ${at}, ${from}::timestamptz)`;
}
