import type { JsonObject } from "../lead/types.ts";
import type { Queryable } from "./client.ts";
import type { NewEvent } from "./events.ts";
import type { LeadRecord } from "./leads.ts";
import { PREPARED } from "./prepared.ts";
import type { NewSubmission } from "./submissions.ts";

/** A follow-up about to be queued: gate, outbox and record in one row. */
export interface NewMessage {
  readonly id: string;
  readonly leadId: string;
  readonly template: string;
  readonly rule: string;
  /** What it is due to: this, or the event. */
  readonly submissionId: string | null;
  readonly eventId: string | null;
  /** How the request that causes it came in; null for none of its own. */
  readonly channel: string | null;
  /** The team's address; null for mail to the lead. */
  readonly toAddress: string | null;
  readonly dueAt: Date;
  readonly createdAt: Date;
}

/** What a rule said, and what came of it. */
export interface NewDecision {
  readonly id: string;
  readonly leadId: string;
  readonly submissionId: string | null;
  readonly eventId: string | null;
  readonly rule: string;
  readonly template: string;
  readonly verdict: string;
  readonly reason: string | null;
  readonly decidedAt: Date;
}

/** What a submission changed on a lead that was there before. */
export interface NewChange {
  readonly id: string;
  readonly leadId: string;
  readonly actor: string;
  readonly changes: JsonObject;
  readonly changedAt: Date;
}

/** Everything one batch writes once its leads are locked. */
export interface IntakeWrite {
  /** Leads that were there before, as they are to stand. */
  readonly leads: readonly LeadRecord[];
  readonly submissions: readonly NewSubmission[];
  readonly events: readonly NewEvent[];
  readonly messages: readonly NewMessage[];
  readonly decisions: readonly NewDecision[];
  readonly changes: readonly NewChange[];
}

/** How many submissions and events, and how many follow-ups, the constraints let in. */
export interface IntakeWritten {
  readonly claimed: number;
  readonly gated: number;
  /** Whether anything was ever erased or left behind here, so that hashes are kept of it. */
  readonly anyKept: boolean;
  /** Whether there are hooks to be told of it. */
  readonly hooked: boolean;
}

/**
 * Writes a batch. Submissions are claimed in the order of their identities, so that two batches never wait for each
 * other in a circle.
 *
 * @returns the rows let in; fewer claims or gates than given mean that a concurrent twin was first. The transaction must
 *   then be rolled back.
 */
export async function writeIntake(db: Queryable, write: IntakeWrite): Promise<IntakeWritten> {
  if (write.leads.length > 0) await updateLeads(db, write.leads);
  const [written] = await db.$queryRaw<IntakeWritten[]>`${PREPARED}
    WITH claimed AS (
      INSERT INTO submissions (id, lead_id, source, identity, content_hash, payload, outcome, answer, occurred_at,
        received_at)
      SELECT id, "leadId", source, identity, "contentHash", payload, outcome, answer, "occurredAt", "receivedAt"
      FROM json_to_recordset(${JSON.stringify(write.submissions)}::json) AS s (
        id uuid, "leadId" uuid, source text, identity text, "contentHash" text, payload jsonb, outcome text,
        answer text, "occurredAt" timestamptz, "receivedAt" timestamptz)
      ORDER BY source, identity
      ON CONFLICT (source, identity) DO NOTHING
      RETURNING id
    ), counted AS (
      INSERT INTO events (id, lead_id, source, event_id, type, value, currency, data, answer, occurred_at, received_at)
      SELECT id, "leadId", source, "eventId", type, value, currency, data, answer, "occurredAt", "receivedAt"
      FROM json_to_recordset(${JSON.stringify(write.events)}::json) AS e (
        id uuid, "leadId" uuid, source text, "eventId" text, type text, value double precision, currency text,
        data jsonb, answer text, "occurredAt" timestamptz, "receivedAt" timestamptz)
      ORDER BY source, "eventId"
      ON CONFLICT (source, event_id) DO NOTHING
      RETURNING id
    ), gated AS (
      INSERT INTO sent_messages (id, lead_id, template, rule, submission_id, event_id, channel, to_address, due_at,
        created_at, updated_at)
      SELECT id, "leadId", template, rule, "submissionId", "eventId", channel, "toAddress", "dueAt", "createdAt",
        "createdAt"
      FROM json_to_recordset(${JSON.stringify(write.messages)}::json) AS m (
        id uuid, "leadId" uuid, template text, rule text, "submissionId" uuid, "eventId" uuid, channel text,
        "toAddress" text, "dueAt" timestamptz, "createdAt" timestamptz)
      ON CONFLICT (lead_id, template) DO NOTHING
      RETURNING id
    ), decided AS (
      INSERT INTO decisions (id, lead_id, submission_id, event_id, rule, template, verdict, reason, decided_at)
      SELECT id, "leadId", "submissionId", "eventId", rule, template, verdict, reason, "decidedAt"
      FROM json_to_recordset(${JSON.stringify(write.decisions)}::json) AS d (
        id uuid, "leadId" uuid, "submissionId" uuid, "eventId" uuid, rule text, template text, verdict text, reason text,
        "decidedAt" timestamptz)
    ), changed AS (
      INSERT INTO lead_changes (id, lead_id, actor, changes, changed_at)
      SELECT id, "leadId", actor, changes, "changedAt"
      FROM json_to_recordset(${JSON.stringify(write.changes)}::json) AS c (
        id uuid, "leadId" uuid, actor text, changes jsonb, "changedAt" timestamptz)
    )
    SELECT ((SELECT count(*) FROM claimed) + (SELECT count(*) FROM counted))::int AS claimed,
      (SELECT count(*) FROM gated)::int AS gated,
      EXISTS (SELECT 1 FROM kept_hashes) AS "anyKept",
      EXISTS (SELECT 1 FROM hooks WHERE disabled_at IS NULL) AS hooked`;
  return written!;
}

/** Not prepared: a plan made while the table was small would go on reading all of it. */
async function updateLeads(db: Queryable, leads: readonly LeadRecord[]): Promise<void> {
  await db.$executeRaw`
    UPDATE leads SET email_as_given = l."emailAsGiven", first_name = l."firstName", last_name = l."lastName",
      phone = l.phone, company = l.company, job_title = l."jobTitle", website = l.website, country = l.country,
      message = l.message, consent = l.consent, source = l.source, utm = l.utm, attributes = l.attributes,
      stamps = l.stamps, submission_count = l."submissionCount", version = l.version, updated_at = l."updatedAt",
      last_submission_at = l."lastSubmissionAt"
    FROM json_to_recordset(${JSON.stringify(leads)}::json) AS l (
      id uuid, "emailAsGiven" text, "firstName" text, "lastName" text, phone text, company text, "jobTitle" text,
      website text, country text, message text, consent boolean, source text, utm jsonb, attributes jsonb,
      stamps jsonb, "submissionCount" integer, version integer, "updatedAt" timestamptz,
      "lastSubmissionAt" timestamptz)
    WHERE leads.id = l.id`;
}
