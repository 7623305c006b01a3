import type { MessageSummary } from "../store/messages.ts";

/** A follow-up as callers see it, without its rendered content. */
export function messageView(message: MessageSummary) {
  return {
    id: message.id,
    leadId: message.leadId,
    template: message.template,
    rule: message.rule,
    submissionId: message.submissionId,
    status: message.status,
    reason: message.reason,
    attempts: message.attempts,
    subject: message.subject,
    dueAt: message.dueAt.toISOString(),
    createdAt: message.createdAt.toISOString(),
    updatedAt: message.updatedAt.toISOString(),
    sentAt: message.sentAt?.toISOString() ?? null,
  };
}
