import type { Queryable } from "../store/client.ts";
import { findLead } from "../store/find-leads.ts";
import { hasHooks, queueDeliveries } from "../store/hook-deliveries.ts";
import type { LeadRecord } from "../store/leads.ts";
import { leadView } from "./lead-view.ts";
import { messageView } from "./message-view.ts";

/** What a hook can listen to. */
export const HOOK_EVENTS = ["lead.created", "lead.updated", "message.sent"] as const;
export type HookEvent = (typeof HOOK_EVENTS)[number];

/** Something that happened to a lead. */
export interface LeadEvent {
  readonly event: "lead.created" | "lead.updated";
  /** The submission, event or change that made it happen. */
  readonly cause: string;
  /** As it stands after it. */
  readonly lead: LeadRecord;
  readonly at: Date;
}

/**
 * Tells the hooks of leads that were made or changed. Call it in the transaction that does so: either both are saved, or
 * neither.
 */
export async function tellOfLeads(db: Queryable, events: readonly LeadEvent[], now: Date): Promise<void> {
  const occurrences = events.map(({ event, cause, lead, at }) => {
    return { event, cause, leadId: lead.id, payload: bodyOf(event, at, leadView(lead)) };
  });
  await queueDeliveries(db, occurrences, { now });
}

/** Tells the hooks of a change to one lead that no submission made, in the transaction that makes it. */
export async function tellOfChange(
  db: Queryable,
  { leadId, changeId, at }: { readonly leadId: string; readonly changeId: string; readonly at: Date },
): Promise<void> {
  const lead = (await hasHooks(db)) ? await findLead(db, leadId) : null;
  if (lead !== null) await tellOfLeads(db, [{ event: "lead.updated", cause: changeId, lead, at }], at);
}

/**
 * Tells the hooks of mails that were sent, in the transaction that notes so. A mail is told of once, whoever notes it:
 * the call that sent it, or an event that proves it.
 */
export async function tellOfSent(db: Queryable, messageIds: readonly string[], at: Date): Promise<void> {
  if (messageIds.length === 0 || !(await hasHooks(db))) return;
  const event: HookEvent = "message.sent";
  const sent = await db.sentMessage.findMany({ where: { id: { in: [...messageIds] } } });
  const occurrences = sent.map((message) => {
    return { event, cause: message.id, leadId: message.leadId, payload: bodyOf(event, at, messageView(message)) };
  });
  await queueDeliveries(db, occurrences, { now: at });
}

/** The body of a call, in the form Standard Webhooks recommends. */
export function bodyOf(type: string, at: Date, data: object): string {
  return JSON.stringify({ type, timestamp: at.toISOString(), data });
}
