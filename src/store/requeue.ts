import type { Queryable } from "./client.ts";
import { empty, sql } from "./keyset.ts";

/** A status from which an operator can have a follow-up sent. */
export type RequeueableStatus = "previewed" | "failed" | "uncertain";

/**
 * Queues follow-ups again, under a number that no lease of them had: what a call that is still out there may say counts
 * no more, but its events do.
 *
 * @param id of one follow-up; without it all that stand so.
 * @returns how many.
 */
export async function requeueMessages(
  db: Queryable,
  { status, id, at }: { readonly status: RequeueableStatus; readonly id?: string; readonly at: Date },
): Promise<number> {
  return db.$executeRaw`
    UPDATE sent_messages SET status = 'queued', fence = fence + 1, due_at = ${at}, called_at = NULL, lease_until = NULL,
      reason = 'queued again by an operator', updated_at = ${at}
    WHERE status = ${status} ${id === undefined ? empty : sql`AND id = ${id}::uuid`}`;
}
