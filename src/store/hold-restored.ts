import type { Queryable } from "./client.ts";

/**
 * Makes every follow-up uncertain that a restored database would send: what it says is as old as the backup, and the
 * mail may have gone out since. SendGrid's events settle what it tells of, an operator the rest. Said again, it changes
 * what was queued in between.
 *
 * @returns how many.
 */
export async function holdRestored(db: Queryable, at: Date): Promise<number> {
  return db.$executeRaw`
    UPDATE sent_messages SET status = 'uncertain', lease_until = NULL, updated_at = ${at},
      reason = 'the database was restored from a backup; whether it was sent since then is not known'
    WHERE status IN ('queued', 'sending')`;
}
