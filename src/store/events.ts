import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { StoredSubmission } from "./submissions.ts";

/** A behaviour event about to be written. */
export interface NewEvent {
  readonly id: string;
  readonly leadId: string;
  readonly source: string;
  /** The sender's own id. */
  readonly eventId: string;
  readonly type: string;
  readonly value: number | null;
  readonly currency: string | null;
  readonly data: JsonObject;
  readonly answer: string;
  readonly occurredAt: Date;
  readonly receivedAt: Date;
}

/** Finds counted events by source and the sender's id, as what a repetition is answered with. */
export async function findEvents(
  db: Queryable,
  wanted: readonly { readonly source: string; readonly eventId: string }[],
): Promise<StoredSubmission[]> {
  if (wanted.length === 0) return [];
  return db.$queryRaw`
    SELECT e.id, e.lead_id AS "leadId", e.source, e.event_id AS identity, '' AS "contentHash", 'counted' AS outcome,
      e.answer, e.received_at AS "receivedAt"
    FROM unnest(${wanted.map((one) => one.source)}::text[], ${wanted.map((one) => one.eventId)}::text[])
      AS wanted (source, event_id)
    JOIN events e ON e.source = wanted.source AND e.event_id = wanted.event_id`;
}

/** Counts repetitions, rows locked in the order of their ids. */
export async function countEventReplays(db: Queryable, replays: ReadonlyMap<string, number>): Promise<void> {
  if (replays.size === 0) return;
  await db.$executeRaw`
    WITH counted AS (
      SELECT events.id, replayed.times
      FROM unnest(${[...replays.keys()]}::uuid[], ${[...replays.values()]}::int[]) AS replayed (id, times)
      JOIN events ON events.id = replayed.id
      ORDER BY events.id
      FOR UPDATE OF events
    )
    UPDATE events SET replay_count = replay_count + counted.times FROM counted WHERE events.id = counted.id`;
}

/** The types of event counted for each of these leads, each once. */
export async function eventTypesOf(
  db: Queryable,
  leadIds: readonly string[],
): Promise<{ readonly leadId: string; readonly types: readonly string[] }[]> {
  if (leadIds.length === 0) return [];
  return db.$queryRaw`
    SELECT lead_id AS "leadId", array_agg(DISTINCT type) AS types FROM events
    WHERE lead_id = ANY (${leadIds}::uuid[]) GROUP BY lead_id`;
}
