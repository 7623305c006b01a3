import type { Log } from "../base/log.ts";
import { isCancelled, type Rule } from "../lead/rules.ts";
import type { JsonObject } from "../lead/types.ts";
import type { MailContext, MailEvent, MailSubmission, RenderedMail, Templates } from "../mail/templates.ts";
import type { Queryable } from "../store/client.ts";
import { eventTypesOf } from "../store/events.ts";
import type { LeadRecord } from "../store/leads.ts";
import { messagesOf } from "../store/messages.ts";
import type { DueMessage } from "../store/outbox.ts";
import { leadView } from "./lead-view.ts";
import type { Links } from "./links.ts";

export interface ComposeDeps {
  readonly log: Log;
  readonly templates: () => Templates;
  readonly rules: () => readonly Rule[];
  readonly links: Links;
  readonly publicUrl: () => string;
  readonly postalAddress: string | undefined;
}

/** What was said, counted and sent around the follow-ups that fall due. */
export interface Contexts {
  readonly leads: ReadonlyMap<string, LeadRecord>;
  readonly submissions: ReadonlyMap<string, MailSubmission>;
  readonly events: ReadonlyMap<string, MailEvent>;
  readonly eventTypes: ReadonlyMap<string, readonly string[]>;
  readonly messages: readonly { readonly leadId: string; readonly template: string; readonly status: string }[];
}

export async function readContexts(db: Queryable, due: readonly DueMessage[]): Promise<Contexts> {
  const leadIds = [...new Set(due.map(({ leadId }) => leadId))];
  const submissionIds = due.flatMap(({ submissionId }) => submissionId ?? []);
  const eventIds = due.flatMap(({ eventId }) => eventId ?? []);
  const leads = await db.lead.findMany({ where: { id: { in: leadIds } } });
  const submissions =
    submissionIds.length === 0 ? [] : await db.submission.findMany({ where: { id: { in: submissionIds } } });
  const events = eventIds.length === 0 ? [] : await db.event.findMany({ where: { id: { in: eventIds } } });
  const types = await eventTypesOf(db, leadIds);
  return {
    leads: new Map(leads.map((lead) => [lead.id, lead])),
    submissions: new Map(
      submissions.map(({ id, source, payload, occurredAt }) => [
        id,
        { ...(payload as JsonObject), source, occurredAt },
      ]),
    ),
    events: new Map(
      events.map(({ id, type, value, currency, data, occurredAt }) => [
        id,
        { type, value, currency, data: data as JsonObject, occurredAt },
      ]),
    ),
    eventTypes: new Map(types.map((one) => [one.leadId, one.types])),
    messages: await messagesOf(db, leadIds),
  };
}

/** What a due follow-up comes to before anything is rendered. */
export type Judged =
  | { readonly goes: false; readonly status: "suppressed" | "cancelled"; readonly reason: string }
  | {
      readonly goes: true;
      readonly lead: LeadRecord;
      /** The team's address; undefined for mail to the lead. */
      readonly team: string | undefined;
      readonly context: MailContext;
      /** What is worth telling although it goes. */
      readonly reason: string | null;
    };

/** Decides whether a due follow-up still goes: its lead may have left, or its rule's `unless` come true. */
export function judge(deps: ComposeDeps, message: DueMessage, contexts: Contexts): Judged {
  const lead = contexts.leads.get(message.leadId)!;
  const submission = contexts.submissions.get(message.submissionId ?? "");
  const event = contexts.events.get(message.eventId ?? "");
  const rule = deps.rules().find(({ name }) => name === message.rule);
  const team = message.toAddress ?? rule?.to;
  if (lead.suppressed && team === undefined) return { goes: false, status: "suppressed", reason: "unsubscribed" };
  const cancellation = isCancelled(rule, {
    lead: leadView(lead),
    submission: submission ?? null,
    event: event ?? null,
    events: contexts.eventTypes.get(lead.id) ?? [],
    messages: contexts.messages.filter(({ leadId }) => leadId === lead.id),
  });
  if (cancellation.cancelled) return { goes: false, status: "cancelled", reason: cancellation.reason ?? "" };
  const context: MailContext = {
    audience: team === undefined ? "lead" : "team",
    lead: leadView(lead) as unknown as MailContext["lead"],
    submission,
    event,
    instance: { publicUrl: deps.publicUrl(), postalAddress: deps.postalAddress },
    unsubscribeUrl: deps.links.unsubscribeUrl(lead.id),
    confirmUrl: deps.links.confirmUrl(lead.id),
  };
  return { goes: true, lead, team, context, reason: cancellation.reason ?? null };
}

/** Templates that SendGrid keeps are named `sendgrid:d-…`. */
const DYNAMIC = "sendgrid:";

/** SendGrid's id of a template it keeps; undefined for our own. */
export function dynamicTemplateOf(template: string): string | undefined {
  return template.startsWith(DYNAMIC) ? template.slice(DYNAMIC.length) : undefined;
}

/** What a template that SendGrid keeps is filled with: the names our own templates know. */
export function dynamicDataOf(context: MailContext): JsonObject {
  const { audience, unsubscribeUrl, confirmUrl, ...rest } = context;
  const links = audience === "lead" ? { unsubscribeUrl, confirmUrl } : {};
  return JSON.parse(JSON.stringify({ ...rest, ...links })) as JsonObject;
}

/** A rendered mail, or why it could not be rendered: such a fault fails its own mail only. */
export function render(
  { templates, log }: ComposeDeps,
  { id, template }: DueMessage,
  context: MailContext,
): RenderedMail | { readonly fault: string } {
  try {
    const { subject, html, text, ...rest } = templates().render(template, context);
    return { ...rest, subject: storable(subject), html: storable(html), text: storable(text) };
  } catch (error) {
    log.error({ err: error, messageId: id }, "a template could not be rendered");
    return { fault: `the template ${template} could not be rendered` };
  }
}

/** No text of the database holds U+0000 or half a character, which a template makes by cutting an emoji in two. */
function storable(text: string): string {
  return text.toWellFormed().replaceAll("\u0000", "");
}
