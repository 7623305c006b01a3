import type { Queryable } from "./client.ts";

/** A follow-up that is due, locked by the running transaction. */
export interface DueMessage {
  readonly id: string;
  readonly leadId: string;
  readonly template: string;
  readonly rule: string;
  readonly submissionId: string | null;
}

/** What came of a follow-up that called nobody. */
export interface SettledMessage {
  readonly id: string;
  readonly status: "previewed" | "shadowed" | "suppressed" | "cancelled" | "failed";
  readonly reason: string | null;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
}

/** Locks follow-ups that are due, leaving out those another worker holds. @param limit rows at most. */
export async function lockDue(db: Queryable, now: Date, limit: number): Promise<DueMessage[]> {
  return db.$queryRaw`
    SELECT id, lead_id AS "leadId", template, rule, submission_id AS "submissionId"
    FROM sent_messages
    WHERE status = 'queued' AND due_at <= ${now}
    ORDER BY due_at
    LIMIT ${limit}
    FOR UPDATE SKIP LOCKED`;
}

/** Writes what came of locked follow-ups. */
export async function settle(db: Queryable, settled: readonly SettledMessage[], at: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE sent_messages SET status = s.status, reason = s.reason, subject = s.subject, html = s.html, text = s.text,
      attempts = attempts + 1, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(settled)}::json) AS s (
      id uuid, status text, reason text, subject text, html text, text text)
    WHERE sent_messages.id = s.id`;
}

/** When the next queued follow-up falls due; null when none is queued. */
export async function nextDue(db: Queryable): Promise<Date | null> {
  const [row] = await db.$queryRaw<{ due: Date | null }[]>`
    SELECT min(due_at) AS due FROM sent_messages WHERE status = 'queued'`;
  return row?.due ?? null;
}
