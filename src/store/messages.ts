import type { Queryable } from "./client.ts";
import type { SentMessage } from "./generated/client.ts";
import { after, orderBy, type Place, type Sql, sql, where } from "./keyset.ts";

/** A follow-up as it is stored: gate, outbox and record in one. */
export type MessageRecord = SentMessage;

/** The follow-ups that leads already have a row for. */
export async function messagesOf(
  db: Queryable,
  leadIds: readonly string[],
): Promise<{ readonly leadId: string; readonly template: string; readonly status: string }[]> {
  if (leadIds.length === 0) return [];
  return db.$queryRaw`
    SELECT lead_id AS "leadId", template, status FROM sent_messages WHERE lead_id = ANY (${leadIds}::uuid[])`;
}

export interface MessageQuery {
  readonly status?: string | undefined;
  readonly template?: string | undefined;
  readonly leadId?: string | undefined;
  readonly after?: Place | undefined;
  /** Rows at most. */
  readonly limit: number;
}

/** A follow-up without its rendered content. */
export type MessageSummary = Omit<MessageRecord, "html" | "text" | "fence" | "leaseUntil">;

/** Finds follow-ups, newest first. */
export async function findMessages(db: Queryable, query: MessageQuery): Promise<MessageSummary[]> {
  const conditions: Sql[] = [];
  if (query.status !== undefined) conditions.push(sql`status = ${query.status}`);
  if (query.template !== undefined) conditions.push(sql`template = ${query.template}`);
  if (query.leadId !== undefined) conditions.push(sql`lead_id = ${query.leadId}::uuid`);
  return db.$queryRaw`
    SELECT id, lead_id AS "leadId", template, rule, submission_id AS "submissionId", status, reason, due_at AS "dueAt",
      attempts, subject, created_at AS "createdAt", updated_at AS "updatedAt", sent_at AS "sentAt"
    FROM sent_messages
    ${where([...conditions, ...after(["created_at", "id"], query.after, true)])}
    ${orderBy(["created_at", "id"], true)}
    LIMIT ${query.limit}`;
}

export async function findMessage(db: Queryable, id: string): Promise<MessageRecord | null> {
  return db.sentMessage.findUnique({ where: { id } });
}
