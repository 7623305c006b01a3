import type { Queryable } from "./client.ts";

/** What waits to go out. */
export interface Queues {
  /** When the follow-up fell due that has been due longest; null when none is. */
  readonly mailDueSince: Date | null;
  readonly hooksPending: number;
  readonly hooksDueSince: Date | null;
}

/** Looks at the queues by their partial indexes, whatever is in the tables beside. */
export async function readQueues(db: Queryable, now: Date): Promise<Queues> {
  const [queues] = await db.$queryRaw<Queues[]>`
    SELECT (SELECT min(due_at) FROM sent_messages WHERE status = 'queued' AND due_at <= ${now}) AS "mailDueSince",
      (SELECT count(*) FROM hook_deliveries WHERE status = 'pending')::int AS "hooksPending",
      (SELECT min(due_at) FROM hook_deliveries WHERE status = 'pending' AND due_at <= ${now}) AS "hooksDueSince"`;
  return queues!;
}
