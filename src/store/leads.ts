import type { FieldValues, LeadState } from "../lead/merge.ts";
import { readStamps, type StoredStamps, storeStamps } from "../lead/stamps.ts";
import { type EmailKey, type JsonObject, TEXT_FIELDS, type TextField, type Utm } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { Lead } from "./generated/client.ts";

/** A lead as it is stored. */
export type LeadRecord = Lead;

/** A lead that is locked by the running transaction. */
export interface LockedLead {
  readonly lead: LeadRecord;
  /** Whether this transaction made it. */
  readonly created: boolean;
}

/** The merged part of a stored lead. */
export function stateOf(lead: LeadRecord): LeadState {
  const said = TEXT_FIELDS.flatMap((name) => (lead[name] === null ? [] : [[name, lead[name]] as const]));
  const fields: FieldValues = {
    emailAsGiven: lead.emailAsGiven,
    ...Object.fromEntries(said),
    ...(lead.consent !== null && { consent: lead.consent }),
  };
  return {
    fields,
    source: lead.source,
    utm: lead.utm as Utm,
    attributes: lead.attributes as JsonObject,
    stamps: readStamps(lead.stamps as unknown as StoredStamps),
  };
}

/** A stored lead with another merged part. */
export function withState(lead: LeadRecord, state: LeadState): LeadRecord {
  return { ...lead, ...columnsOf(state) };
}

function columnsOf(state: LeadState) {
  const texts = Object.fromEntries(TEXT_FIELDS.map((name) => [name, state.fields[name] ?? null]));
  return {
    ...(texts as Record<TextField, string | null>),
    emailAsGiven: state.fields.emailAsGiven,
    consent: state.fields.consent ?? null,
    source: state.source,
    utm: state.utm as JsonObject,
    attributes: state.attributes,
    stamps: storeStamps(state.stamps) as unknown as JsonObject,
  };
}

/** A lead nobody has merged anything into yet but its first contribution. */
export function newLead(id: string, email: EmailKey, state: LeadState, at: Date): LeadRecord {
  const blank: Omit<LeadRecord, keyof ReturnType<typeof columnsOf>> = {
    id,
    email,
    status: "new",
    suppressed: false,
    submissionCount: 0,
    version: 1,
    createdAt: at,
    updatedAt: at,
    lastSubmissionAt: at,
  };
  return { ...blank, ...columnsOf(state) };
}

/**
 * Inserts the leads that are new and locks those that are there, in one statement and in the order of their keys, so
 * that two batches never wait for each other in a circle. The unique constraint decides which is which.
 *
 * @param candidates as they are to stand if they are new, at most one for a key.
 * @returns each lead as it now stands, in no particular order.
 */
export async function upsertLeads(db: Queryable, candidates: readonly LeadRecord[]): Promise<LockedLead[]> {
  const rows = await db.$queryRaw<(LeadRecord & { created: boolean })[]>`
    INSERT INTO leads (id, email, email_as_given, first_name, last_name, phone, company, job_title, website, country,
      message, consent, suppressed, source, utm, attributes, stamps, submission_count, created_at, updated_at,
      last_submission_at)
    SELECT id, email, "emailAsGiven", "firstName", "lastName", phone, company, "jobTitle", website, country,
      message, consent, suppressed, source, utm, attributes, stamps, "submissionCount", "createdAt", "updatedAt",
      "lastSubmissionAt"
    FROM json_to_recordset(${JSON.stringify(candidates)}::json) AS candidate (
      id uuid, email text, "emailAsGiven" text, "firstName" text, "lastName" text, phone text, company text,
      "jobTitle" text, website text, country text, message text, consent boolean, suppressed boolean,
      source text, utm jsonb, attributes jsonb, stamps jsonb, "submissionCount" integer, "createdAt" timestamptz,
      "updatedAt" timestamptz, "lastSubmissionAt" timestamptz)
    ORDER BY email
    ON CONFLICT (email) DO UPDATE SET email = EXCLUDED.email
    RETURNING id, email, email_as_given AS "emailAsGiven", first_name AS "firstName", last_name AS "lastName", phone,
      company, job_title AS "jobTitle", website, country, message, consent, status, suppressed, source, utm, attributes,
      stamps, submission_count AS "submissionCount", version, created_at AS "createdAt", updated_at AS "updatedAt",
      last_submission_at AS "lastSubmissionAt", (xmax = 0) AS created`;
  return rows.map(({ created, ...lead }) => ({ lead, created }));
}
