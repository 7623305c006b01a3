import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";

/** An accepted request and the answer it got. */
export interface StoredSubmission {
  readonly id: string;
  readonly leadId: string;
  readonly source: string;
  readonly identity: string;
  readonly contentHash: string;
  readonly outcome: string;
  /** The body of the first answer, to the byte. */
  readonly answer: string;
  readonly receivedAt: Date;
}

/** A submission about to be written. */
export interface NewSubmission extends StoredSubmission {
  readonly payload: JsonObject;
  readonly occurredAt: Date;
}

/** Finds submissions by source and identity, in no particular order. */
export async function findSubmissions(
  db: Queryable,
  wanted: readonly { readonly source: string; readonly identity: string }[],
): Promise<StoredSubmission[]> {
  if (wanted.length === 0) return [];
  return db.$queryRaw`
    SELECT s.id, s.lead_id AS "leadId", s.source, s.identity, s.content_hash AS "contentHash", s.outcome, s.answer,
      s.received_at AS "receivedAt"
    FROM unnest(${wanted.map((one) => one.source)}::text[], ${wanted.map((one) => one.identity)}::text[])
      AS wanted (source, identity)
    JOIN submissions s ON s.source = wanted.source AND s.identity = wanted.identity`;
}

/** Finds the newest submission of each lead and source asked for; those without one are left out. */
export async function findNewestSubmissions(
  db: Queryable,
  wanted: readonly { readonly email: string; readonly source: string }[],
): Promise<(StoredSubmission & { readonly email: string })[]> {
  if (wanted.length === 0) return [];
  return db.$queryRaw`
    SELECT newest.id, newest.lead_id AS "leadId", newest.source, newest.identity,
      newest.content_hash AS "contentHash", newest.outcome, newest.answer, newest.received_at AS "receivedAt",
      wanted.email
    FROM unnest(${wanted.map((one) => one.email)}::text[], ${wanted.map((one) => one.source)}::text[])
      AS wanted (email, source)
    JOIN leads ON leads.email = wanted.email
    CROSS JOIN LATERAL (
      SELECT * FROM submissions
      WHERE submissions.lead_id = leads.id AND submissions.source = wanted.source
      ORDER BY received_at DESC LIMIT 1
    ) newest`;
}

/** Counts replays. Rows are locked in the order of their ids, so that two calls never wait for each other in a circle. */
export async function countReplays(db: Queryable, replays: ReadonlyMap<string, number>): Promise<void> {
  if (replays.size === 0) return;
  await db.$executeRaw`
    WITH counted AS (
      SELECT submissions.id, replayed.times
      FROM unnest(${[...replays.keys()]}::uuid[], ${[...replays.values()]}::int[]) AS replayed (id, times)
      JOIN submissions ON submissions.id = replayed.id
      ORDER BY submissions.id
      FOR UPDATE OF submissions
    )
    UPDATE submissions SET replay_count = replay_count + counted.times FROM counted WHERE submissions.id = counted.id`;
}

/** Accepted submissions and counted events by our own ids, as what a repetition is answered with. */
export async function findAnswersById(db: Queryable, ids: readonly string[]): Promise<StoredSubmission[]> {
  if (ids.length === 0) return [];
  return db.$queryRaw`
    SELECT id, lead_id AS "leadId", source, identity, content_hash AS "contentHash", outcome, answer,
      received_at AS "receivedAt"
    FROM submissions WHERE id = ANY (${ids}::uuid[])
    UNION ALL
    SELECT id, lead_id, source, event_id, '', 'counted', answer, received_at FROM events
    WHERE id = ANY (${ids}::uuid[])`;
}

/** What a lead has sent, oldest first, without its content. */
export async function findSubmissionsOf(
  db: Queryable,
  leadId: string,
): Promise<Pick<StoredSubmission, "id" | "source" | "identity" | "contentHash" | "receivedAt">[]> {
  return db.submission.findMany({
    where: { leadId },
    select: { id: true, source: true, identity: true, contentHash: true, receivedAt: true },
    orderBy: [{ receivedAt: "asc" }, { id: "asc" }],
  });
}
