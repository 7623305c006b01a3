import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { Quarantined } from "./generated/client.ts";
import { after, orderBy, type Place, sql, where } from "./keyset.ts";

export type QuarantineRecord = Quarantined;

/** Why a request was set aside: no usable address, caught by the honeypot, or marked as a test by its sender. */
export type QuarantineKind = "no-email" | "spam" | "test";

export interface NewQuarantine {
  readonly id: string;
  readonly kind: QuarantineKind;
  readonly channel: string;
  readonly source: string;
  readonly identity: string;
  readonly contentType: string;
  readonly payload: JsonObject;
  readonly reason: string;
  readonly receivedAt: Date;
}

/**
 * Sets a request aside, or counts one more sighting of it; one with the id of its row is the same sighting.
 *
 * @returns the id of its row, the same for every sighting.
 */
export async function setAside(db: Queryable, entry: NewQuarantine): Promise<string> {
  const [row] = await db.$queryRaw<{ id: string }[]>`
    INSERT INTO quarantine (id, kind, channel, source, identity, content_type, payload, reason, received_at)
    VALUES (${entry.id}::uuid, ${entry.kind}, ${entry.channel}, ${entry.source}, ${entry.identity},
      ${entry.contentType}, ${JSON.stringify(entry.payload)}::jsonb, ${entry.reason}, ${entry.receivedAt})
    ON CONFLICT (kind, source, identity) DO UPDATE
      SET sightings = quarantine.sightings + CASE WHEN quarantine.id = EXCLUDED.id THEN 0 ELSE 1 END
    RETURNING id`;
  return row!.id;
}

/** Finds what was set aside for want of an address, newest first. */
export async function findQuarantined(
  db: Queryable,
  query: { readonly source?: string | undefined; readonly after?: Place | undefined; readonly limit: number },
): Promise<QuarantineRecord[]> {
  const conditions = [sql`kind = 'no-email'`];
  if (query.source !== undefined) conditions.push(sql`source = ${query.source}`);
  return db.$queryRaw`
    SELECT id, kind, channel, source, identity, content_type AS "contentType", payload, reason, sightings,
      submission_id AS "submissionId", received_at AS "receivedAt", retried_at AS "retriedAt"
    FROM quarantine
    ${where([...conditions, ...after(["received_at", "id"], query.after, true)])}
    ${orderBy(["received_at", "id"], true)}
    LIMIT ${query.limit}`;
}

export async function findQuarantinedById(db: Queryable, id: string): Promise<QuarantineRecord | null> {
  return db.quarantined.findFirst({ where: { id, kind: "no-email" } });
}

/** Notes what became of an entry; the first note stands. */
export async function markRetried(
  db: Queryable,
  { id, submissionId, at }: { readonly id: string; readonly submissionId: string; readonly at: Date },
): Promise<void> {
  await db.$executeRaw`
    UPDATE quarantine SET retried_at = ${at}, submission_id = ${submissionId}::uuid
    WHERE id = ${id}::uuid AND retried_at IS NULL`;
}
