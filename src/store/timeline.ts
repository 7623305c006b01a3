import type { JsonValue } from "@prisma/client/runtime/client";
import type { Queryable } from "./client.ts";
import { after, join, orderBy, type Place, type Sql, sql, where } from "./keyset.ts";

/** What can stand in a lead's timeline. */
export const TIMELINE_TYPES = ["submission", "decision", "event", "message", "change"] as const;
export type TimelineType = (typeof TIMELINE_TYPES)[number];

export interface TimelineRow {
  readonly type: TimelineType;
  readonly id: string;
  readonly at: Date;
  readonly data: JsonValue;
}

export interface TimelineQuery {
  readonly leadId: string;
  readonly types: readonly TimelineType[];
  readonly after?: Place | undefined;
  readonly limit: number;
}

/** Everything that happened to a lead, newest first. */
export async function findTimeline(db: Queryable, query: TimelineQuery): Promise<TimelineRow[]> {
  const { leadId, limit } = query;
  const parts = query.types.map((type) => PARTS[type](leadId, after(["at", "id"], query.after, true), limit));
  if (parts.length === 0) return [];
  return db.$queryRaw`
    SELECT * FROM (${join(parts, " UNION ALL ")}) AS timeline ${orderBy(["at", "id"], true)} LIMIT ${limit}`;
}

/** Each part is cut to the page by itself, so that a long history of one kind is not read for every page. */
function part(rows: Sql, place: Sql[], limit: number): Sql {
  return sql`(SELECT * FROM (${rows}) AS part ${where(place)} ${orderBy(["at", "id"], true)} LIMIT ${limit})`;
}

const PARTS: Record<TimelineType, (leadId: string, place: Sql[], limit: number) => Sql> = {
  submission: (leadId, place, limit) =>
    part(
      sql`SELECT 'submission' AS type, id, received_at AS at, jsonb_build_object('source', source, 'identity', identity,
          'outcome', outcome, 'replayCount', replay_count, 'occurredAt', occurred_at, 'payload', payload) AS data
        FROM submissions WHERE lead_id = ${leadId}::uuid`,
      place,
      limit,
    ),
  decision: (leadId, place, limit) =>
    part(
      sql`SELECT 'decision' AS type, id, decided_at AS at, jsonb_build_object('rule', rule, 'template', template,
          'verdict', verdict, 'reason', reason, 'submissionId', submission_id, 'eventId', event_id) AS data
        FROM decisions WHERE lead_id = ${leadId}::uuid`,
      place,
      limit,
    ),
  event: (leadId, place, limit) =>
    part(
      sql`SELECT 'event' AS type, id, received_at AS at, jsonb_build_object('eventType', type, 'eventId', event_id,
          'source', source, 'value', value, 'currency', currency, 'data', data, 'occurredAt', occurred_at,
          'replayCount', replay_count) AS data
        FROM events WHERE lead_id = ${leadId}::uuid`,
      place,
      limit,
    ),
  message: (leadId, place, limit) =>
    part(
      sql`SELECT 'message' AS type, id, created_at AS at, jsonb_build_object('template', template, 'rule', rule,
          'status', status, 'reason', reason, 'dueAt', due_at, 'sentAt', sent_at, 'subject', subject) AS data
        FROM sent_messages WHERE lead_id = ${leadId}::uuid`,
      place,
      limit,
    ),
  change: (leadId, place, limit) =>
    part(
      sql`SELECT 'change' AS type, id, changed_at AS at, jsonb_build_object('actor', actor, 'changes', changes) AS data
        FROM lead_changes WHERE lead_id = ${leadId}::uuid`,
      place,
      limit,
    ),
};
