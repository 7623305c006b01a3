import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import type { MessageStatus } from "../lead/message-states.ts";
import type { Database } from "../store/client.ts";
import { findMessage } from "../store/messages.ts";
import { type RequeueableStatus, requeueMessages } from "../store/requeue.ts";
import { inTransaction } from "../store/transaction.ts";

export interface RequeueOptions {
  /** The caller knows that an uncertain mail may have been sent, and wants it sent all the same. */
  readonly acceptDuplicate: boolean;
}

/** An operator's word that mail is to go which does not go by itself. */
export interface Requeue {
  /** Queues one follow-up again. Throws LeadgateError `not-found`, or `conflict` with what to do instead. */
  one(id: string, options: RequeueOptions): Promise<void>;
  /** Queues all follow-ups again that stand so. Throws LeadgateError `conflict` as above. @returns how many. */
  all(status: RequeueableStatus, options: RequeueOptions): Promise<number>;
}

export function createRequeue(deps: { database: Database; clock: Clock; onQueued?: () => void }): Requeue {
  const { database, clock } = deps;
  return {
    async one(id, options) {
      await inTransaction(database, async (db) => {
        const message = await findMessage(db, id);
        if (message === null) throw new LeadgateError("not-found", "There is no message with this id.");
        const status = retryable(message.status as MessageStatus, options);
        // An event may have settled it between the look and the write.
        const queued = await requeueMessages(db, { status, id, at: clock.now() });
        if (queued === 0) throw new LeadgateError("conflict", "Its status has just changed; look at it again.");
      });
      deps.onQueued?.();
    },
    async all(status, options) {
      if (status === "uncertain") retryable(status, options);
      const queued = await inTransaction(database, (db) => requeueMessages(db, { status, at: clock.now() }));
      if (queued > 0) deps.onQueued?.();
      return queued;
    },
  };
}

function retryable(status: MessageStatus, { acceptDuplicate }: RequeueOptions): "failed" | "uncertain" {
  if (status === "failed" || (status === "uncertain" && acceptDuplicate)) return status;
  throw new LeadgateError("conflict", INSTEAD[status] ?? `It is ${status}; only failed and uncertain mail is retried.`);
}

/** What to do about mail that can't be retried. */
const INSTEAD: Partial<Record<MessageStatus, string>> = {
  uncertain:
    'SendGrid may have sent it: look there first, or wait for its events. Send {"acceptDuplicate":true} to send it all the same.',
  queued: "It is queued and goes by itself.",
  sending: "It is being sent; wait for what comes of it.",
  suppressed: 'The lead wants no mail. Only PATCH {"suppressed":false} on the lead, with their consent, changes that.',
  cancelled: "Its rule cancelled it.",
  previewed: "It was only previewed; `leadgate requeue --status previewed` releases such mail.",
  shadowed: "It was only recorded, in shadow mode.",
};
