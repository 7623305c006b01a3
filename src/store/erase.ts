import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import { sql } from "./keyset.ts";

/** Addresses a lead has or had, as they were written; each may come more than once. */
export async function findAddresses(db: Queryable, leadId: string): Promise<string[]> {
  const rows = await db.$queryRaw<{ address: string | null }[]>`
    SELECT unnest(ARRAY[email, email_as_given]) AS address FROM leads WHERE id = ${leadId}::uuid
    UNION
    SELECT payload ->> 'email' FROM submissions WHERE lead_id = ${leadId}::uuid
    UNION
    SELECT unnest(ARRAY[changes #>> '{email,from}', changes #>> '{email,to}', changes #>> '{emailAsGiven,from}',
      changes #>> '{emailAsGiven,to}']) FROM lead_changes WHERE lead_id = ${leadId}::uuid`;
  return rows.flatMap(({ address }) => address ?? []);
}

/** What was counted for a lead, by source and the sender's id. */
export async function findEventsOf(
  db: Queryable,
  leadId: string,
): Promise<{ readonly id: string; readonly source: string; readonly eventId: string }[]> {
  return db.event.findMany({ where: { leadId }, select: { id: true, source: true, eventId: true } });
}

/** A request that was set aside, as far as it may name a person. */
export interface AsideText {
  readonly id: string;
  readonly identity: string;
  readonly contentType: string;
  readonly payload: JsonObject;
}

/**
 * Requests that were set aside and hold one of these texts somewhere, in whatever case.
 *
 * @param texts in lower case.
 */
export async function findAsideWith(db: Queryable, texts: readonly string[]): Promise<AsideText[]> {
  const patterns = texts.map((text) => `%${text.replace(/[\\%_]/g, "\\$&")}%`);
  return db.$queryRaw`
    SELECT id, identity, content_type AS "contentType", payload FROM quarantine
    WHERE lower(payload::text || ' ' || identity || ' ' || content_type) LIKE ANY (${patterns})`;
}

/** Deletes requests that were set aside: these, and those that became one of these submissions. */
export async function deleteAside(
  db: Queryable,
  { ids, submissionIds }: { readonly ids: readonly string[]; readonly submissionIds: readonly string[] },
): Promise<void> {
  await db.$executeRaw`
    DELETE FROM quarantine WHERE id = ANY (${ids}::uuid[]) OR submission_id = ANY (${submissionIds}::uuid[])`;
}

/** Deletes a lead and all that hangs on it: submissions, events, decisions, changes, mails and what was told of them. */
export async function deleteLead(db: Queryable, id: string): Promise<void> {
  await db.$executeRaw(sql`DELETE FROM leads WHERE id = ${id}::uuid`);
}
