import type { LeadRecord } from "../store/leads.ts";

/**
 * A lead as callers, conditions and templates see it. Times are ISO 8601 in UTC.
 */
export function leadView(lead: LeadRecord) {
  return {
    id: lead.id,
    email: lead.email,
    emailAsGiven: lead.emailAsGiven,
    firstName: lead.firstName,
    lastName: lead.lastName,
    phone: lead.phone,
    company: lead.company,
    jobTitle: lead.jobTitle,
    website: lead.website,
    country: lead.country,
    message: lead.message,
    status: lead.status,
    suppressed: lead.suppressed,
    consent: lead.consent,
    source: lead.source,
    utm: lead.utm,
    attributes: lead.attributes,
    submissionCount: lead.submissionCount,
    createdAt: lead.createdAt.toISOString(),
    updatedAt: lead.updatedAt.toISOString(),
    lastSubmissionAt: lead.lastSubmissionAt.toISOString(),
  };
}

export type LeadView = ReturnType<typeof leadView>;
