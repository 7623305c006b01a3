import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import { isCancelled, type Rule } from "../lead/rules.ts";
import type { JsonObject } from "../lead/types.ts";
import type { MailContext, MailSubmission, Templates } from "../mail/templates.ts";
import type { Database, Queryable } from "../store/client.ts";
import type { LeadRecord } from "../store/leads.ts";
import { messagesOf } from "../store/messages.ts";
import { type DueMessage, lockDue, type SettledMessage, settle } from "../store/outbox.ts";
import { inTransaction } from "../store/transaction.ts";
import { leadView } from "./lead-view.ts";
import type { Links } from "./links.ts";

export interface DeliverDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly templates: () => Templates;
  readonly rules: () => readonly Rule[];
  readonly links: Links;
  /** `preview` renders and keeps; `shadow` records only. Neither calls anybody. */
  readonly mode: "preview" | "shadow";
  readonly publicUrl: () => string;
  readonly postalAddress: string | undefined;
}

/** Follow-ups taken at once. */
const BATCH = 50;

/**
 * Settles follow-ups that are due.
 *
 * Neither mode calls anybody, so locking, rendering and settling are one transaction: a process killed in the middle
 * leaves the row queued, and another takes it.
 *
 * @returns how many were settled; fewer than a full batch means that no more are due.
 */
export function createDeliver(deps: DeliverDeps): () => Promise<{ settled: number; more: boolean }> {
  return () =>
    inTransaction(deps.database, async (db) => {
      const now = deps.clock.now();
      const due = await lockDue(db, now, BATCH);
      if (due.length === 0) return { settled: 0, more: false };
      const contexts = await readContexts(db, due);
      await settle(
        db,
        due.map((message) => outcomeOf(deps, message, contexts)),
        now,
      );
      return { settled: due.length, more: due.length === BATCH };
    });
}

interface Contexts {
  readonly leads: ReadonlyMap<string, LeadRecord>;
  readonly submissions: ReadonlyMap<string, MailSubmission>;
  readonly messages: readonly { readonly leadId: string; readonly template: string; readonly status: string }[];
}

async function readContexts(db: Queryable, due: readonly DueMessage[]): Promise<Contexts> {
  const leadIds = [...new Set(due.map(({ leadId }) => leadId))];
  const submissionIds = due.flatMap(({ submissionId }) => submissionId ?? []);
  const leads = await db.lead.findMany({ where: { id: { in: leadIds } } });
  const submissions = await db.submission.findMany({
    where: { id: { in: submissionIds } },
    select: { id: true, source: true, payload: true, occurredAt: true },
  });
  const said = submissions.map(({ id, source, payload, occurredAt }): [string, MailSubmission] => [
    id,
    { ...(payload as JsonObject), source, occurredAt },
  ]);
  return {
    leads: new Map(leads.map((lead) => [lead.id, lead])),
    submissions: new Map(said),
    messages: await messagesOf(db, leadIds),
  };
}

function outcomeOf(deps: DeliverDeps, message: DueMessage, contexts: Contexts): SettledMessage {
  const nothing = { id: message.id, reason: null, subject: null, html: null, text: null };
  const lead = contexts.leads.get(message.leadId)!;
  const submission = contexts.submissions.get(message.submissionId ?? "");
  const rule = deps.rules().find(({ name }) => name === message.rule);
  if (lead.suppressed && rule?.to === undefined) return { ...nothing, status: "suppressed", reason: "unsubscribed" };
  const cancellation = isCancelled(rule, {
    lead: leadView(lead),
    submission: submission ?? null,
    event: null,
    events: [],
    messages: contexts.messages.filter(({ leadId }) => leadId === lead.id),
  });
  const reason = cancellation.reason ?? null;
  if (cancellation.cancelled) return { ...nothing, status: "cancelled", reason };
  if (deps.mode === "shadow") return { ...nothing, status: "shadowed", reason };
  return { ...nothing, reason, ...render(deps, message, mailContext(deps, lead, submission, rule)) };
}

function mailContext(
  deps: DeliverDeps,
  lead: LeadRecord,
  submission: MailSubmission | undefined,
  rule: Rule | undefined,
): MailContext {
  return {
    audience: rule?.to === undefined ? "lead" : "team",
    lead: leadView(lead) as unknown as MailContext["lead"],
    submission,
    instance: { publicUrl: deps.publicUrl(), postalAddress: deps.postalAddress },
    unsubscribeUrl: deps.links.unsubscribeUrl(lead.id),
    confirmUrl: deps.links.confirmUrl(lead.id),
  };
}

type Rendered = Pick<SettledMessage, "status"> & Partial<SettledMessage>;

/** A template that can't be rendered fails its own mail only. */
function render({ templates, log }: DeliverDeps, { id, template }: DueMessage, context: MailContext): Rendered {
  if (template.startsWith("sendgrid:")) {
    return {
      status: "previewed",
      text: JSON.stringify({ template, lead: context.lead, submission: context.submission }),
    };
  }
  try {
    const { subject, html, text } = templates().render(template, context);
    return { status: "previewed", subject: storable(subject), html: storable(html), text: storable(text) };
  } catch (error) {
    log.error({ err: error, messageId: id }, "a template could not be rendered");
    return { status: "failed", reason: `the template ${template} could not be rendered` };
  }
}

/** No text of the database holds U+0000 or half a character, which a template makes by cutting an emoji in two. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "");
}
