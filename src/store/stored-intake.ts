import type { Json, JsonObject } from "../lead/types.ts";
import type { ReadOnlySession } from "./read-only.ts";

/** A submission as it was accepted: what `replay` needs to take it in again. */
export interface RecordedSubmission {
  readonly source: string;
  readonly identity: string;
  readonly contentHash: string;
  readonly payload: JsonObject;
  /** ISO 8601. */
  readonly occurredAt: string;
  readonly receivedAt: string;
}

/** A behaviour event as it was counted. */
export interface RecordedEvent {
  readonly source: string;
  readonly eventId: string;
  readonly type: string;
  readonly value: number | null;
  readonly currency: string | null;
  readonly data: JsonObject;
  readonly email: string;
  readonly occurredAt: string;
  readonly receivedAt: string;
}

/** A lead with the mails it has a row for, and nothing that differs between two instances: no ids, no times. */
export interface LeadLine {
  readonly email: string;
  readonly said: JsonObject;
  readonly templates: readonly string[];
}

/** What was accepted, in the order it came; dates are turned into text by the database, to the millisecond. */
export async function* readSubmissions(session: ReadOnlySession): AsyncGenerator<RecordedSubmission> {
  yield* session.rows<RecordedSubmission>(`
    SELECT source, identity, content_hash AS "contentHash", payload,
      ${iso("occurred_at")} AS "occurredAt", ${iso("received_at")} AS "receivedAt"
    FROM submissions ORDER BY received_at, id`);
}

export async function* readEvents(session: ReadOnlySession): AsyncGenerator<RecordedEvent> {
  yield* session.rows<RecordedEvent>(`
    SELECT e.source, e.event_id AS "eventId", e.type, e.value, e.currency, e.data, l.email_as_given AS email,
      ${iso("e.occurred_at")} AS "occurredAt", ${iso("e.received_at")} AS "receivedAt"
    FROM events e JOIN leads l ON l.id = e.lead_id ORDER BY e.received_at, e.id`);
}

/** Every lead with its mails, sorted by address in the order of bytes, which no collation changes. */
export async function* readLeadLines(session: ReadOnlySession): AsyncGenerator<LeadLine> {
  const rows = session.rows<{ email: string; said: Record<string, Json>; templates: string[] }>(`
    SELECT l.email, json_build_object('emailAsGiven', l.email_as_given, 'firstName', l.first_name,
        'lastName', l.last_name, 'phone', l.phone, 'company', l.company, 'jobTitle', l.job_title,
        'website', l.website, 'country', l.country, 'message', l.message, 'consent', l.consent,
        'source', l.source, 'utm', l.utm, 'attributes', l.attributes) AS said,
      ARRAY(SELECT m.template FROM sent_messages m WHERE m.lead_id = l.id ORDER BY m.template COLLATE "C") AS templates
    FROM leads l ORDER BY l.email COLLATE "C", l.id`);
  for await (const { email, said, templates } of rows) yield { email, said, templates };
}

/** `2026-01-18T18:17:02.123Z`; the session speaks UTC. */
function iso(column: string): string {
  return `to_char(${column}, 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"')`;
}
