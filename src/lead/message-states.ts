/** Every status a row of `sent_messages` can have. */
export const MESSAGE_STATUSES = [
  "queued",
  "sending",
  "sent",
  "delivered",
  "bounced",
  "failed",
  "suppressed",
  "cancelled",
  "uncertain",
  "previewed",
  "shadowed",
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

/** What an event of SendGrid can prove about a message. */
const PROVEN = ["sent", "failed", "suppressed", "delivered", "bounced"] as const;

/**
 * Which status may follow which. By hand of the worker, of an operator (`requeue`, `retry`) or of an event:
 * an event can find a row in any status, because it may come before the answer of the call it belongs to, or long after
 * an operator has queued the message again.
 *
 * `uncertain` and `failed` lead back to `queued` by an operator only; `sending` does after failures that happened before
 * a byte of the request was written; `queued` leads to `uncertain` after a restore, whose rows are of the past. Nothing
 * leads from what an event has proven back to `sent`.
 */
const MAY_FOLLOW: Readonly<Record<MessageStatus, readonly MessageStatus[]>> = {
  queued: ["sending", "cancelled", "previewed", "shadowed", "uncertain", ...PROVEN],
  sending: ["queued", "uncertain", "previewed", ...PROVEN],
  uncertain: ["queued", ...PROVEN],
  sent: ["failed", "suppressed", "delivered", "bounced"],
  failed: ["queued", "suppressed", "delivered", "bounced"],
  suppressed: ["delivered", "bounced"],
  delivered: ["bounced"],
  bounced: [],
  cancelled: PROVEN,
  previewed: ["queued", ...PROVEN],
  shadowed: PROVEN,
};

/** Whether a row may go from one status to the other. Staying is no change and always allowed. */
export function canFollow(from: MessageStatus, to: MessageStatus): boolean {
  return from === to || MAY_FOLLOW[from].includes(to);
}

const OPEN: ReadonlySet<MessageStatus> = new Set(["queued", "sending", "sent", "uncertain"]);

/** Whether neither the worker nor an expected event will move it; a late bounce or an operator still can. */
export function isFinal(status: MessageStatus): boolean {
  return !OPEN.has(status);
}

/** The part of an event of SendGrid's event webhook that decides what it means. */
export interface SendGridEvent {
  readonly event: string;
  /** Of a `bounce`: `bounce` or `blocked`. */
  readonly type?: string | undefined;
  /** Of a `dropped`: why. */
  readonly reason?: string | undefined;
}

/**
 * The status after an event. It is the stronger of what was known and what the event proves, so that the same events
 * end the same in any order and however often they come: sent < failed < suppressed < delivered < bounced.
 * A drop is weaker than a delivery since only a second attempt can bring both, and then the person has the mail.
 *
 * Events: https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event
 */
export function settle(current: MessageStatus, event: SendGridEvent): MessageStatus {
  const proven = provenBy(event);
  return proven !== undefined && strength(proven) > strength(current) ? proven : current;
}

/**
 * Whether the address must get no more mail (contract, section 5). `group_resubscribe` lifts nothing: only an
 * administrator does.
 */
export function suppresses(event: SendGridEvent): boolean {
  switch (event.event) {
    case "bounce":
      return event.type?.toLowerCase() !== "blocked";
    case "dropped":
      return SUPPRESSING_DROP.test(event.reason ?? "");
    case "spamreport":
    case "unsubscribe":
    case "group_unsubscribe":
      return true;
    default:
      return false;
  }
}

/** "Bounced Address", "Spam Reporting Address", "Unsubscribed Address"; but not "Spam Content" or "Invalid". */
const SUPPRESSING_DROP = /^\s*(?:bounced|spam report|(?:group )?unsubscribe)/i;

function provenBy(event: SendGridEvent): (typeof PROVEN)[number] | undefined {
  switch (event.event) {
    case "processed":
    case "deferred":
      return "sent";
    case "dropped":
      return suppresses(event) ? "suppressed" : "failed";
    case "bounce":
      return "bounced";
    // Whoever opens, clicks, complains or unsubscribes has the mail, even if the event `delivered` was lost.
    case "delivered":
    case "open":
    case "click":
    case "spamreport":
    case "unsubscribe":
    case "group_unsubscribe":
    case "group_resubscribe":
      return "delivered";
    default:
      return undefined;
  }
}

/** -1 for what no event proves: our own doing, or not known. */
function strength(status: MessageStatus): number {
  return (PROVEN as readonly MessageStatus[]).indexOf(status);
}
