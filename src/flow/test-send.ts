import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import { readEmail } from "../lead/email.ts";
import type { MailContext } from "../mail/mail-context.ts";
import type { Mailer, MailOutcome } from "../mail/mailer.ts";
import { type Templates, unsubscribeHeaders } from "../mail/templates.ts";
import type { Links } from "./links.ts";

/** What became of a test mail. */
export interface TestSent {
  readonly template: string;
  readonly to: string;
  readonly mode: string;
  /** `previewed` where the mode calls nobody; else what the provider made of it. */
  readonly outcome: "previewed" | MailOutcome["kind"];
  readonly reason: string | null;
  readonly subject: string;
  readonly html: string;
  readonly text: string;
}

/** Sends a template with a sample lead, in the mode that is set. Kept nowhere. Throws LeadgateError. */
export type TestSend = (template: string, to: string) => Promise<TestSent>;

export interface TestSendDeps {
  readonly templates: () => Templates;
  readonly links: Links;
  readonly publicUrl: () => string;
  readonly postalAddress: string | undefined;
  readonly mode: string;
  readonly mailer: Mailer | undefined;
  readonly from: string;
}

export function createTestSend(deps: TestSendDeps): TestSend {
  return async (template, to) => {
    const address = addressIn(to);
    const templates = deps.templates();
    if (!templates.has(template)) {
      throw new LeadgateError(
        "not-found",
        `There is no template ${template}; there are ${templates.names().join(", ")}.`,
      );
    }
    const context = sampleContext(deps, address);
    const { subject, html, text, from = deps.from, replyTo } = templates.render(template, context);
    const told = { template, to: address, mode: deps.mode, subject, html, text };
    if (deps.mailer === undefined) return { ...told, outcome: "previewed", reason: null };
    const outcome = await deps.mailer.send({
      messageId: uuidV7(),
      attempt: 1,
      to: address,
      from,
      replyTo,
      headers: unsubscribeHeaders(context.unsubscribeUrl),
      content: { subject, html, text },
    });
    return { ...told, outcome: outcome.kind, reason: "reason" in outcome ? outcome.reason : null };
  };
}

function addressIn(to: string): string {
  try {
    return readEmail(to).asGiven;
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    const faults = [{ path: "to", message: error.publicMessage }];
    throw new LeadgateError("invalid-field", `to: ${error.publicMessage}`, { faults });
  }
}

/** Nobody's: a link of this lead opens a page that changes nothing. */
const SAMPLE_ID = "00000000-0000-7000-8000-000000000000";

function sampleContext({ links, publicUrl, postalAddress }: TestSendDeps, email: string): MailContext {
  const said = {
    email,
    firstName: "Ada",
    lastName: "Lovelace",
    phone: "+442079460958",
    company: "Analytical Engines Ltd",
    jobTitle: "Mathematician",
    website: "https://example.com",
    country: "GB",
    message: "This is a test of a template.",
    consent: true,
    source: "test",
    utm: { source: "test", medium: "mail", campaign: "test" },
    attributes: { test: true },
  };
  return {
    audience: "lead",
    lead: { ...said, id: SAMPLE_ID, emailAsGiven: email, status: "new" },
    submission: { ...said, occurredAt: new Date(0) },
    instance: { publicUrl: publicUrl(), postalAddress },
    unsubscribeUrl: links.unsubscribeUrl(SAMPLE_ID),
    confirmUrl: links.confirmUrl(SAMPLE_ID),
  };
}
