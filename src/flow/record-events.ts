import type { Clock } from "../base/clock.ts";
import { groupBy } from "../base/group-by.ts";
import { uuidV7 } from "../base/ids.ts";
import { type MessageStatus, settle, suppresses } from "../lead/message-states.ts";
import type { Database, Queryable } from "../store/client.ts";
import {
  insertMailEvents,
  lockReported,
  type MailEventRow,
  mailEventsOf,
  type ReportedMessage,
  settleReported,
} from "../store/mail-events.ts";
import { suppressLead } from "../store/suppress.ts";
import { inTransaction } from "../store/transaction.ts";
import { tellOfChange, tellOfSent } from "./hook-events.ts";

/** An event of SendGrid's event webhook about a mail of ours. */
export type ReportedEvent = Omit<MailEventRow, "attempt"> & {
  /** Absent where it did not come back; then it is the call that was made last. */
  readonly attempt: number | undefined;
};

/** Counts events and lets them settle what they are about. @returns how many were new. */
export type RecordEvents = (events: readonly ReportedEvent[]) => Promise<number>;

/**
 * Makes the end of the line. Each event is counted once, and a follow-up stands at the strongest that its events prove,
 * so that they may come in any order, in any batches and however often.
 */
export function createRecordEvents({ database, clock }: { database: Database; clock: Clock }): RecordEvents {
  return (events) => {
    if (events.length === 0) return Promise.resolve(0);
    return inTransaction(database, async (db) => {
      const now = clock.now();
      const messages = await lockReported(db, [...new Set(events.map(({ messageId }) => messageId))]);
      const fresh = await insertFresh(db, events, messages, now);
      if (fresh.length === 0) return 0;
      await settleAll(db, fresh, messages, now);
      await suppressAll(db, fresh, messages, now);
      return fresh.length;
    });
  };
}

async function insertFresh(
  db: Queryable,
  events: readonly ReportedEvent[],
  messages: readonly ReportedMessage[],
  now: Date,
): Promise<MailEventRow[]> {
  const fences = new Map(messages.map(({ id, fence }) => [id, fence]));
  const known = events.flatMap((event) => {
    const fence = fences.get(event.messageId);
    return fence === undefined ? [] : [{ ...event, attempt: event.attempt ?? fence, id: uuidV7(now.getTime()) }];
  });
  return known.length === 0 ? [] : insertMailEvents(db, known, now);
}

async function settleAll(
  db: Queryable,
  fresh: readonly MailEventRow[],
  messages: readonly ReportedMessage[],
  now: Date,
): Promise<void> {
  const touched = new Set(fresh.map(({ messageId }) => messageId));
  const history = groupBy(await mailEventsOf(db, [...touched]), ({ messageId }) => messageId);
  const settled = messages
    .filter(({ id }) => touched.has(id))
    .map((message) => ({ ...message, ...standingOf(message, history.get(message.id)!) }));
  await settleReported(db, settled, now);
  const unsent = new Set(messages.filter(({ sentAt }) => sentAt === null).map(({ id }) => id));
  const sent = settled.filter(({ id, sentAt }) => sentAt !== null && unsent.has(id));
  await tellOfSent(
    db,
    sent.map(({ id }) => id),
    now,
  );
}

/**
 * Where a follow-up stands by all that was told of it.
 *
 * A call that was dropped says nothing of a later one that an operator asked for; a call that sent a mail does, since
 * the person has that mail.
 */
function standingOf(message: ReportedMessage, history: readonly MailEventRow[]) {
  const counting = history.filter(({ attempt }) => attempt >= message.fence || sentSomething(history, attempt));
  const status = counting.reduce((current, event) => settle(current, asTold(event)), message.status);
  const proof = counting.find((event) => provenBy(event) === status);
  const sent = counting.filter((event) => ARRIVING.has(provenBy(event))).map(({ occurredAt }) => occurredAt);
  const times = [...(message.sentAt === null ? [] : [message.sentAt]), ...sent].map((at) => at.getTime());
  return {
    status,
    reason: proof === undefined ? message.reason : wordsOf(proof),
    sentAt: times.length === 0 ? null : new Date(Math.min(...times)),
  };
}

/** What says that a mail left, as against one that was dropped before. */
const ARRIVING: ReadonlySet<MessageStatus> = new Set(["sent", "delivered", "bounced"]);

function sentSomething(history: readonly MailEventRow[], attempt: number): boolean {
  const own = history.filter((event) => event.attempt === attempt);
  return ARRIVING.has(own.reduce<MessageStatus>((current, event) => settle(current, asTold(event)), "queued"));
}

/** What one event proves by itself; `queued` where it proves nothing. */
function provenBy(event: MailEventRow): MessageStatus {
  return settle("queued", asTold(event));
}

function asTold({ event, type, reason }: MailEventRow) {
  return { event, type: type ?? undefined, reason: reason ?? undefined };
}

function wordsOf({ event, type, reason }: MailEventRow): string | null {
  if (event !== "bounce" && event !== "dropped") return null;
  return `SendGrid: ${event}${type === null ? "" : ` (${type})`}${reason === null ? "" : `: ${reason}`}`;
}

/** Only what is new suppresses, so that an event told twice does not undo an administrator's word. */
async function suppressAll(
  db: Queryable,
  fresh: readonly MailEventRow[],
  messages: readonly ReportedMessage[],
  at: Date,
): Promise<void> {
  // The team's own mailbox says nothing about what the lead wants.
  const leads = new Map(messages.flatMap(({ id, leadId, toAddress }) => (toAddress === null ? [[id, leadId]] : [])));
  const causes = new Map<string, string>();
  for (const event of fresh) {
    const leadId = leads.get(event.messageId);
    if (leadId !== undefined && suppresses(asTold(event))) causes.set(leadId, event.event);
  }
  for (const [leadId, event] of [...causes].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const change = { leadId, changeId: uuidV7(at.getTime()), actor: `SendGrid event ${event}`, at };
    if ((await suppressLead(db, change)).changed) await tellOfChange(db, change);
  }
}
