import { LeadgateError } from "../base/errors.ts";
import type { Accept } from "./accept.ts";
import type { AcceptResult, Submission } from "./submission.ts";

/** Single submissions taken into one transaction at most. */
const MAX_BATCH = 64;
/** Single submissions waiting at most; past it callers are told to come back. */
const MAX_WAITING = 2_000;
/** What must wait before a second batch joins one under way: two small ones cost more than one that waits a moment. */
const WORTH_A_LANE = 16;

interface Waiting {
  readonly submission: Submission;
  readonly settle: (result: AcceptResult | Promise<AcceptResult>) => void;
}

/**
 * Takes single submissions and hands them to `accept` in batches: those that arrive while batches are under way form the
 * next one. There is no timer, so an idle server adds no delay. A person is in one batch at a time, and what came first
 * goes first. When a batch fails, its items are tried one by one, so that a bad one harms no neighbour.
 *
 * @param lanes batches under way at once at most: two let this process read requests while the database writes.
 * @returns what to call with a submission; it throws LeadgateError `unavailable` when too many wait.
 */
export function createCoalesce(accept: Accept, lanes = 1): (submission: Submission) => Promise<AcceptResult> {
  let waiting: Waiting[] = [];
  const people = new Set<string>();
  let running = 0;

  const next = (): Waiting[] => {
    const taken: Waiting[] = [];
    const left: Waiting[] = [];
    for (const item of waiting) {
      const isFree = taken.length < MAX_BATCH && !people.has(item.submission.said.email);
      (isFree ? taken : left).push(item);
    }
    waiting = left;
    return taken;
  };

  const run = async () => {
    running++;
    for (let batch = next(); batch.length > 0; batch = next()) {
      const emails = batch.map(({ submission }) => submission.said.email);
      for (const email of emails) people.add(email);
      await acceptTogether(accept, batch);
      for (const email of emails) people.delete(email);
    }
    running--;
  };

  return (submission) => {
    if (waiting.length >= MAX_WAITING) {
      throw new LeadgateError("unavailable", "Too many submissions are waiting; try again.", { retryAfterSeconds: 1 });
    }
    return new Promise((settle) => {
      waiting.push({ submission, settle });
      if (running === 0 || (running < lanes && waiting.length >= WORTH_A_LANE)) void run();
    });
  };
}

/** Settles every item of the batch and never throws. */
async function acceptTogether(accept: Accept, batch: readonly Waiting[]): Promise<void> {
  try {
    const results = await accept(batch.map(({ submission }) => submission));
    for (const [index, { settle }] of batch.entries()) settle(results[index]!);
  } catch (error) {
    // With the database away every item would fail alike, each after a wait of its own.
    const forAll = batch.length === 1 || (error instanceof LeadgateError && error.kind === "unavailable");
    if (forAll) return batch.forEach(({ settle }) => void settle(Promise.reject(error)));
    for (const item of batch) await acceptTogether(accept, [item]);
  }
}
