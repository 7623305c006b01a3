import type { Queryable } from "./client.ts";

export interface Counts {
  readonly leads: number;
  readonly submissions: number;
  readonly replays: number;
  readonly events: number;
  readonly quarantined: number;
  readonly spam: number;
  readonly test: number;
}

/** How many of everything there are, exactly. */
export async function countAll(db: Queryable): Promise<Counts> {
  const [counts] = await db.$queryRaw<Counts[]>`
    SELECT (SELECT count(*) FROM leads)::int AS leads,
      (SELECT count(*) FROM submissions)::int AS submissions,
      ((SELECT coalesce(sum(replay_count), 0) FROM submissions WHERE replay_count > 0)
        + (SELECT coalesce(sum(replay_count), 0) FROM events))::int AS replays,
      (SELECT count(*) FROM events)::int AS events,
      (SELECT count(*) FROM quarantine WHERE kind = 'no-email' AND retried_at IS NULL)::int AS quarantined,
      (SELECT count(*) FROM quarantine WHERE kind = 'spam')::int AS spam,
      (SELECT count(*) FROM quarantine WHERE kind = 'test')::int AS test`;
  return counts!;
}

/** How many follow-ups stand at each status; statuses without any are left out. */
export async function countMessages(db: Queryable): Promise<Record<string, number>> {
  const rows = await db.$queryRaw<{ status: string; count: number }[]>`
    SELECT status, count(*)::int AS count FROM sent_messages GROUP BY status ORDER BY status`;
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}
