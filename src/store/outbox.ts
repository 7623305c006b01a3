import type { MessageStatus } from "../lead/message-states.ts";
import type { Queryable } from "./client.ts";
import { empty, sql } from "./keyset.ts";

/** A follow-up that is due, locked by the running transaction. */
export interface DueMessage {
  readonly id: string;
  readonly leadId: string;
  readonly template: string;
  readonly rule: string;
  readonly submissionId: string | null;
  readonly eventId: string | null;
  /** How the request that caused it came in. */
  readonly channel: string | null;
  /** The team's address; null for mail to the lead. */
  readonly toAddress: string | null;
  readonly attempts: number;
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

/** Locks follow-ups that are due, leaving out those another worker holds, oldest first. */
export async function lockDue(
  db: Queryable,
  now: Date,
  { limit, withoutForms = false }: { readonly limit: number; readonly withoutForms?: boolean },
): Promise<DueMessage[]> {
  return db.$queryRaw`
    SELECT id, lead_id AS "leadId", template, rule, submission_id AS "submissionId", event_id AS "eventId", channel,
      to_address AS "toAddress", attempts
    FROM sent_messages
    WHERE status = 'queued' AND due_at <= ${now} ${withoutForms ? sql`AND channel IS DISTINCT FROM 'form'` : empty}
    ORDER BY due_at, id
    LIMIT ${limit}
    FOR UPDATE SKIP LOCKED`;
}

/** Writes what came of locked follow-ups. */
export async function settle(db: Queryable, settled: readonly SettledMessage[], at: Date): Promise<void> {
  if (settled.length === 0) return;
  await db.$executeRaw`
    UPDATE sent_messages SET status = s.status, reason = s.reason, subject = s.subject, html = s.html, text = s.text,
      attempts = attempts + 1, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(settled)}::json) AS s (
      id uuid, status text, reason text, subject text, html text, text text)
    WHERE sent_messages.id = s.id`;
}

/** Lets locked follow-ups wait. */
export async function postpone(
  db: Queryable,
  waiting: readonly { readonly id: string; readonly dueAt: Date; readonly reason: string }[],
  at: Date,
): Promise<void> {
  if (waiting.length === 0) return;
  await db.$executeRaw`
    UPDATE sent_messages SET due_at = w."dueAt", reason = w.reason, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(waiting)}::json) AS w (id uuid, "dueAt" timestamptz, reason text)
    WHERE sent_messages.id = w.id`;
}

/** A follow-up about to be called for, and what is kept of it. */
export interface Departure {
  readonly id: string;
  readonly reason: string | null;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
  readonly recipientHash: string | null;
}

/** The right to make one call and to settle it: good for as long as the row has this number. */
export interface Lease {
  readonly id: string;
  readonly fence: number;
}

/**
 * Leases locked follow-ups: marks them as being sent, each with a number of its own that no earlier lease of it had.
 * The transaction must be committed before anybody is called.
 */
export async function markSending(
  db: Queryable,
  departures: readonly Departure[],
  { at, until }: { readonly at: Date; readonly until: Date },
): Promise<Lease[]> {
  if (departures.length === 0) return [];
  return db.$queryRaw`
    UPDATE sent_messages SET status = 'sending', fence = fence + 1, attempts = attempts + 1, lease_until = ${until},
      called_at = ${at}, recipient_hash = d."recipientHash", reason = d.reason, subject = d.subject, html = d.html,
      text = d.text, updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(departures)}::json) AS d (
      id uuid, reason text, subject text, html text, text text, "recipientHash" text)
    WHERE sent_messages.id = d.id
    RETURNING sent_messages.id, fence`;
}

/** What came of a call. */
export interface CallResult {
  readonly status: Extract<MessageStatus, "sent" | "failed" | "uncertain" | "queued">;
  readonly reason: string | null;
  /** When to try again; of `queued` alone. */
  readonly dueAt?: Date;
  readonly providerMessageId?: string | undefined;
}

/** What came of the call a lease was for. */
export interface SettledCall {
  readonly lease: Lease;
  readonly result: CallResult;
}

/**
 * Writes what came of calls, at most one for a row, unless the row has been leased or queued anew since. An event that
 * was faster stands. A lease that ran out in the meantime made the row uncertain: what the call itself says for certain
 * is still taken, but it is not queued again.
 *
 * @returns the ids of the rows that took it.
 */
export async function settleCalls(db: Queryable, calls: readonly SettledCall[], at: Date): Promise<Set<string>> {
  const rows = calls.map(({ lease, result }) => ({ ...lease, ...result }));
  const taken = await db.$queryRaw<{ id: string }[]>`
    UPDATE sent_messages AS m SET
      status = CASE WHEN ${OPEN} THEN c.status ELSE m.status END,
      reason = CASE WHEN ${OPEN} THEN c.reason ELSE m.reason END,
      due_at = CASE WHEN ${OPEN} THEN coalesce(c."dueAt", m.due_at) ELSE m.due_at END,
      called_at = CASE WHEN ${OPEN} AND c.status IN ('queued', 'failed') THEN NULL ELSE m.called_at END,
      lease_until = NULL,
      provider_message_id = coalesce(c."providerMessageId", m.provider_message_id),
      sent_at = CASE WHEN c.status = 'sent' THEN least(m.sent_at, ${at}::timestamptz) ELSE m.sent_at END,
      updated_at = ${at}
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS c (
      id uuid, fence integer, status text, reason text, "dueAt" timestamptz, "providerMessageId" text)
    WHERE m.id = c.id AND m.fence = c.fence
    RETURNING m.id`;
  return new Set(taken.map(({ id }) => id));
}

/** Whether the row still waits for what its call says. */
const OPEN = sql`(m.status = 'sending' OR (m.status = 'uncertain' AND c.status IN ('sent', 'failed')))`;

/** Makes calls uncertain whose worker has not been heard of until their lease ran out. @returns how many. */
export async function expireLeases(db: Queryable, now: Date): Promise<number> {
  return db.$executeRaw`
    UPDATE sent_messages SET status = 'uncertain', lease_until = NULL, updated_at = ${now},
      reason = 'the worker that was sending it stopped; whether SendGrid took it is not known'
    WHERE status = 'sending' AND lease_until <= ${now}`;
}
