import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import type { Database } from "../store/client.ts";
import { findQuarantinedById, markRetried, type QuarantineRecord } from "../store/quarantine.ts";
import { findAnswersById } from "../store/submissions.ts";
import { withDatabase } from "../store/transaction.ts";
import { type Accepted, replayOf } from "./submission.ts";

/** Requests without a usable address, which a mended mapping may yet make leads of. */
export interface Quarantine {
  /** Throws LeadgateError `not-found`. */
  entry(id: string): Promise<QuarantineRecord>;
  /** What an entry was answered with when it was retried; undefined before, and when its lead was erased since. */
  answerOf(entry: QuarantineRecord): Promise<Accepted | undefined>;
  /** Notes that an entry became this submission. */
  settle(entry: QuarantineRecord, submissionId: string): Promise<void>;
}

export function createQuarantine({ database, clock }: { database: Database; clock: Clock }): Quarantine {
  const { prisma } = database;
  return {
    async entry(id) {
      const entry = await withDatabase(() => findQuarantinedById(prisma, id));
      if (entry === null) throw new LeadgateError("not-found", "There is nothing in quarantine with this id.");
      return entry;
    },
    async answerOf({ submissionId }) {
      const [stored] = await withDatabase(() => findAnswersById(prisma, submissionId === null ? [] : [submissionId]));
      return stored && replayOf(stored);
    },
    settle: ({ id }, submissionId) => withDatabase(() => markRetried(prisma, { id, submissionId, at: clock.now() })),
  };
}
