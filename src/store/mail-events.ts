import type { MessageStatus } from "../lead/message-states.ts";
import type { Queryable } from "./client.ts";

/** A follow-up that events are about, locked by the running transaction. */
export interface ReportedMessage {
  readonly id: string;
  readonly leadId: string;
  readonly status: MessageStatus;
  readonly reason: string | null;
  readonly fence: number;
  readonly toAddress: string | null;
  readonly sentAt: Date | null;
}

/** What SendGrid told of a follow-up. */
export interface MailEventRow {
  readonly messageId: string;
  readonly sgEventId: string | null;
  readonly event: string;
  readonly type: string | null;
  readonly reason: string | null;
  /** The lease under which it was called for. */
  readonly attempt: number;
  readonly occurredAt: Date;
}

/** Locks follow-ups in the order of their ids, so that two calls never wait for each other in a circle. */
export async function lockReported(db: Queryable, ids: readonly string[]): Promise<ReportedMessage[]> {
  if (ids.length === 0) return [];
  return db.$queryRaw`
    SELECT id, lead_id AS "leadId", status, reason, fence, to_address AS "toAddress", sent_at AS "sentAt"
    FROM sent_messages WHERE id = ANY (${ids}::uuid[]) ORDER BY id FOR UPDATE`;
}

/** Counts events, each once. @returns those that were not known before. */
export async function insertMailEvents(
  db: Queryable,
  events: readonly (MailEventRow & { readonly id: string })[],
  at: Date,
): Promise<MailEventRow[]> {
  return db.$queryRaw`
    INSERT INTO mail_events (id, message_id, sg_event_id, event, type, reason, attempt, occurred_at, received_at)
    SELECT id, "messageId", "sgEventId", event, type, reason, attempt, "occurredAt", ${at}
    FROM json_to_recordset(${JSON.stringify(events)}::json) AS e (id uuid, "messageId" uuid, "sgEventId" text,
      event text, type text, reason text, attempt integer, "occurredAt" timestamptz)
    ON CONFLICT DO NOTHING
    RETURNING message_id AS "messageId", sg_event_id AS "sgEventId", event, type, reason, attempt,
      occurred_at AS "occurredAt"`;
}

/** All that was told of these follow-ups, in an order that does not depend on when it was told. */
export async function mailEventsOf(db: Queryable, messageIds: readonly string[]): Promise<MailEventRow[]> {
  return db.$queryRaw`
    SELECT message_id AS "messageId", sg_event_id AS "sgEventId", event, type, reason, attempt,
      occurred_at AS "occurredAt"
    FROM mail_events WHERE message_id = ANY (${messageIds}::uuid[])
    ORDER BY message_id, occurred_at, event, sg_event_id`;
}

/** Writes what events have proven. */
export async function settleReported(
  db: Queryable,
  settled: readonly Pick<ReportedMessage, "id" | "status" | "reason" | "sentAt">[],
  at: Date,
): Promise<void> {
  if (settled.length === 0) return;
  await db.$executeRaw`
    UPDATE sent_messages SET status = s.status, reason = s.reason, sent_at = s."sentAt", updated_at = ${at},
      lease_until = CASE WHEN s.status = 'sending' THEN lease_until END
    FROM json_to_recordset(${JSON.stringify(settled)}::json) AS s (id uuid, status text, reason text,
      "sentAt" timestamptz)
    WHERE sent_messages.id = s.id`;
}
