import type { FieldValues, LeadState } from "../lead/merge.ts";
import { readStamps, type StoredStamps, storeStamps } from "../lead/stamps.ts";
import { type EmailKey, type JsonObject, TEXT_FIELDS, type Utm } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { Lead } from "./generated/client.ts";
import { PREPARED } from "./prepared.ts";

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
  return recordOf(lead, state);
}

/** A lead nobody has merged anything into yet but its first contribution. */
export function newLead(id: string, email: EmailKey, state: LeadState, at: Date): LeadRecord {
  const own = { id, email, status: "new", suppressed: false, submissionCount: 0, version: 1 };
  return recordOf({ ...own, createdAt: at, updatedAt: at, lastSubmissionAt: at }, state);
}

type OwnColumns = Pick<
  LeadRecord,
  | ("id" | "email" | "status" | "suppressed" | "submissionCount" | "version")
  | ("createdAt" | "updatedAt" | "lastSubmissionAt")
>;

/** Name by name: spreading objects of this many names takes V8 longer than all else a batch does with a lead. */
function recordOf(own: OwnColumns, { fields, source, utm, attributes, stamps }: LeadState): LeadRecord {
  return {
    id: own.id,
    email: own.email,
    emailAsGiven: fields.emailAsGiven,
    firstName: fields.firstName ?? null,
    lastName: fields.lastName ?? null,
    phone: fields.phone ?? null,
    company: fields.company ?? null,
    jobTitle: fields.jobTitle ?? null,
    website: fields.website ?? null,
    country: fields.country ?? null,
    message: fields.message ?? null,
    consent: fields.consent ?? null,
    status: own.status,
    suppressed: own.suppressed,
    source,
    utm: utm as JsonObject,
    attributes,
    stamps: storeStamps(stamps) as unknown as JsonObject,
    submissionCount: own.submissionCount,
    version: own.version,
    createdAt: own.createdAt,
    updatedAt: own.updatedAt,
    lastSubmissionAt: own.lastSubmissionAt,
  };
}

/**
 * Inserts the leads that are new and locks those that are there, in one statement and in the order of their keys, so
 * that two batches never wait for each other in a circle. The unique constraint decides which is which.
 *
 * @param candidates as they are to stand if they are new, at most one for a key.
 * @returns each lead as it now stands, in no particular order.
 */
export async function upsertLeads(db: Queryable, candidates: readonly LeadRecord[]): Promise<LockedLead[]> {
  // Of a lead that is new nothing needs to come back: it stands as it was sent.
  const rows = await db.$queryRaw<{ email: string; standing: StandingLead | null }[]>`${PREPARED}
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
    RETURNING email, CASE WHEN xmax <> 0 THEN json_build_object('id', id, 'email', email,
      'emailAsGiven', email_as_given, 'firstName', first_name, 'lastName', last_name, 'phone', phone,
      'company', company, 'jobTitle', job_title, 'website', website, 'country', country, 'message', message,
      'consent', consent, 'status', status, 'suppressed', suppressed, 'source', source, 'utm', utm,
      'attributes', attributes, 'stamps', stamps, 'submissionCount', submission_count, 'version', version,
      'createdAt', created_at, 'updatedAt', updated_at, 'lastSubmissionAt', last_submission_at) END AS standing`;
  const made = new Map(candidates.map((lead) => [lead.email, lead]));
  return rows.map(({ email, standing }) =>
    standing === null ? { lead: made.get(email)!, created: true } : { lead: readStanding(standing), created: false },
  );
}

/** A lead as JSON tells it, where times are text. */
type StandingLead = Omit<LeadRecord, "createdAt" | "updatedAt" | "lastSubmissionAt"> &
  Record<"createdAt" | "updatedAt" | "lastSubmissionAt", string>;

function readStanding({ createdAt, updatedAt, lastSubmissionAt, ...lead }: StandingLead): LeadRecord {
  const times = { createdAt: new Date(createdAt), updatedAt: new Date(updatedAt) };
  return { ...lead, ...times, lastSubmissionAt: new Date(lastSubmissionAt) };
}
