import { LeadgateError } from "../base/errors.ts";
import { sha256 } from "../lead/identity.ts";
import type { EmailKey } from "../lead/types.ts";
import type { Database } from "../store/client.ts";
import { findLead } from "../store/find-leads.ts";
import { type LeadRecord, stateOf } from "../store/leads.ts";
import { withDatabase } from "../store/transaction.ts";
import type { Accept } from "./accept.ts";
import type { Links } from "./links.ts";
import type { Submission } from "./submission.ts";

export interface Confirm {
  /** Whether a link was made here. Changes nothing: mail scanners follow every link. */
  knows(token: string): boolean;
  /**
   * Takes a person's click as consent, and sets off `lead.confirmed`; clicked twice, it is one click.
   * Throws LeadgateError `not-found`.
   */
  byLink(token: string): Promise<void>;
}

/** The source under which a click stands among a lead's submissions. */
const SOURCE = "confirm";

export function createConfirm(deps: { database: Database; accept: Accept; links: Links }): Confirm {
  return {
    knows: (token) => deps.links.leadOf("confirm", token) !== undefined,
    async byLink(token) {
      const leadId = deps.links.leadOf("confirm", token);
      const lead = leadId && (await withDatabase(() => findLead(deps.database.prisma, leadId)));
      if (!lead) throw new LeadgateError("not-found", "This link is not complete; copy it again.");
      const [result] = await deps.accept([clickOf(lead)]);
      if (result instanceof LeadgateError) throw result;
    },
  };
}

/** The click as a submission. Its identity names the refusal it takes back, so that one after a new refusal counts again. */
function clickOf(lead: LeadRecord): Submission {
  const { emailAsGiven } = lead;
  const refused = lead.consent === false ? stateOf(lead).stamps.fields.get("consent")?.at : undefined;
  const value = `key:confirm:${lead.id}:${refused ?? "first"}`;
  return {
    source: SOURCE,
    identity: { kind: "key", value, contentHash: sha256(value) },
    said: {
      // It was a key when it was stored.
      email: lead.email as EmailKey,
      fields: { emailAsGiven, consent: true },
      utm: {},
      attributes: {},
    },
    payload: { email: emailAsGiven, consent: true },
    followUps: true,
    dedupeWindowMs: 0,
    triggers: ["lead.confirmed"],
  };
}
