import type { MailContent, OutgoingMail } from "../mail/mailer.ts";
import { unsubscribeHeaders } from "../mail/templates.ts";
import type { Database, Queryable } from "../store/client.ts";
import { findPause, takeProbe } from "../store/mail-pauses.ts";
import {
  type Departure,
  type DueMessage,
  type Lease,
  lockDue,
  markSending,
  postpone,
  type SettledMessage,
  settle,
} from "../store/outbox.ts";
import { inTransaction } from "../store/transaction.ts";
import { type ComposeDeps, dynamicDataOf, dynamicTemplateOf, judge, readContexts, render } from "./compose.ts";
import { applyCaps, hashRecipient } from "./form-caps.ts";

export interface DepartDeps extends ComposeDeps {
  readonly database: Database;
  /** Sender of mails whose template names none. */
  readonly from: string;
  readonly formMailMaxPerHour: number;
  /** Keys the hashes that the caps on mail caused by forms know recipients by. */
  readonly recipientSecret: Buffer;
}

export interface DepartOptions {
  readonly now: Date;
  /** When the lease of what is taken runs out. */
  readonly until: Date;
  /** Follow-ups taken at most. */
  readonly limit: number;
  /** Leaves out what forms caused, as long as their cap is known to be reached. */
  readonly withoutForms: boolean;
}

/** A call that is leased and committed, and so may be made: once, and before its lease runs out. */
export interface Call {
  readonly lease: Lease;
  readonly mail: OutgoingMail;
  /** How many calls this one makes it. */
  readonly attempts: number;
  readonly reason: string | null;
}

export interface Departed {
  readonly calls: readonly Call[];
  /** Follow-ups that are another step on: called for, settled, or put off. */
  readonly taken: number;
  /** Whether more may be due. */
  readonly more: boolean;
  /** The calls are a probe: sending is paused, and goes on when it gets through. */
  readonly probe: boolean;
  /** Until when forms may cause no more mail. */
  readonly formsFullUntil: Date | undefined;
}

/** Who is called; pauses are kept by this name. */
export const PROVIDER = "sendgrid";
/** How long a paused sender waits between two probes, over all processes. */
export const PROBE_EVERY_MS = 300_000;

const NONE: Departed = { calls: [], taken: 0, more: false, probe: false, formsFullUntil: undefined };

/**
 * Takes follow-ups that are due up to the point where somebody is called: renders them, marks them as being sent, and
 * commits. What needs no call is settled at once.
 */
export function depart(deps: DepartDeps, options: DepartOptions): Promise<Departed> {
  return inTransaction(deps.database, async (db) => {
    const { now, until } = options;
    const pause = await findPause(db, PROVIDER);
    if (pause !== null && pause.probeAt > now) return NONE;
    const limit = pause === null ? options.limit : 1;
    const due = await lockDue(db, now, { limit, withoutForms: options.withoutForms });
    if (due.length === 0) return NONE;
    const { ready, settled } = await prepareAll(deps, db, due);
    const { go, later, fullUntil } = await applyCaps(db, ready, { now, perHour: deps.formMailMaxPerHour });
    const next = new Date(now.getTime() + PROBE_EVERY_MS);
    if (pause !== null && go.length > 0 && !(await takeProbe(db, { provider: PROVIDER, at: now, next }))) return NONE;
    await settle(db, settled, now);
    await postpone(db, later, now);
    const leases = await markSending(db, go.map(departureOf), { at: now, until });
    return {
      calls: leases.map((lease) => callOf(lease, go)),
      taken: settled.length + later.length + leases.length,
      more: due.length === limit && (pause === null || go.length === 0),
      probe: pause !== null,
      formsFullUntil: fullUntil,
    };
  });
}

/** A follow-up that is to go as soon as the caps let it. */
interface Ready {
  readonly message: DueMessage;
  readonly mail: Omit<OutgoingMail, "attempt">;
  readonly recipientHash: string | undefined;
  readonly reason: string | null;
}

async function prepareAll(deps: DepartDeps, db: Queryable, due: readonly DueMessage[]) {
  const contexts = await readContexts(db, due);
  const ready: Ready[] = [];
  const settled: SettledMessage[] = [];
  for (const message of due) {
    const prepared = prepare(deps, message, judge(deps, message, contexts));
    if ("status" in prepared) settled.push(prepared);
    else ready.push(prepared);
  }
  return { ready, settled };
}

function prepare(deps: DepartDeps, message: DueMessage, judged: ReturnType<typeof judge>): Ready | SettledMessage {
  const nothing = { id: message.id, reason: judged.reason, subject: null, html: null, text: null };
  if (!judged.goes) return { ...nothing, status: judged.status };
  const { lead, team, context, reason } = judged;
  const to = team ?? lead.emailAsGiven;
  const recipientHash = team === undefined ? hashRecipient(deps.recipientSecret, lead.email) : undefined;
  const common = { messageId: message.id, to };
  const dynamicTemplate = dynamicTemplateOf(message.template);
  if (dynamicTemplate !== undefined) {
    const content: MailContent = { dynamicTemplate, data: dynamicDataOf(context) };
    const headers = team === undefined ? unsubscribeHeaders(context.unsubscribeUrl) : {};
    const replyTo = team === undefined ? undefined : lead.emailAsGiven;
    return { message, recipientHash, reason, mail: { ...common, from: deps.from, replyTo, headers, content } };
  }
  const rendered = render(deps, message, context);
  if ("fault" in rendered) return { ...nothing, status: "failed", reason: rendered.fault };
  const { subject, html, text, from = deps.from, replyTo, headers = {} } = rendered;
  return {
    message,
    recipientHash,
    reason,
    mail: { ...common, from, replyTo, headers, content: { subject, html, text } },
  };
}

function departureOf({ message, mail, recipientHash, reason }: Ready): Departure {
  const { content } = mail;
  const kept =
    "dynamicTemplate" in content
      ? { subject: null, html: null, text: JSON.stringify({ template: message.template, ...content.data }) }
      : content;
  return { id: message.id, recipientHash: recipientHash ?? null, reason, ...kept };
}

function callOf(lease: Lease, go: readonly Ready[]): Call {
  const { message, mail, reason } = go.find(({ message: { id } }) => id === lease.id)!;
  return { lease, mail: { ...mail, attempt: lease.fence }, attempts: message.attempts + 1, reason };
}
