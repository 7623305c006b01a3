import type { Queryable } from "./client.ts";
import { empty, sql } from "./keyset.ts";

/** One accepted submission with all that a replay needs. */
export interface ExportedSubmission {
  readonly type: "submission";
  readonly id: string;
  readonly [field: string]: unknown;
}

/** One counted event. */
export interface ExportedEvent {
  readonly type: "event";
  readonly id: string;
  readonly [field: string]: unknown;
}

/** Submissions after an id; ids are made in the order of arrival. */
export async function exportedSubmissions(
  db: Queryable,
  after: string | undefined,
  limit: number,
): Promise<ExportedSubmission[]> {
  return db.$queryRaw`
    SELECT 'submission' AS type, id, lead_id AS "leadId", source, identity, content_hash AS "contentHash", payload,
      outcome, occurred_at AS "occurredAt", received_at AS "receivedAt", replay_count AS "replayCount"
    FROM submissions
    ${after === undefined ? empty : sql`WHERE id > ${after}::uuid`}
    ORDER BY id LIMIT ${limit}`;
}

/** Events after an id, with the address they came with as far as the lead still has it. */
export async function exportedEvents(
  db: Queryable,
  after: string | undefined,
  limit: number,
): Promise<ExportedEvent[]> {
  return db.$queryRaw`
    SELECT 'event' AS type, events.id, lead_id AS "leadId", leads.email_as_given AS email, events.source,
      event_id AS "eventId", type AS "eventType", value, currency, data, occurred_at AS "occurredAt",
      received_at AS "receivedAt", replay_count AS "replayCount"
    FROM events JOIN leads ON leads.id = lead_id
    ${after === undefined ? empty : sql`WHERE events.id > ${after}::uuid`}
    ORDER BY events.id LIMIT ${limit}`;
}
