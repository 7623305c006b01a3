import { LeadgateError } from "../base/errors.ts";
import type { Accept } from "./accept.ts";
import type { AcceptResult, Submission } from "./submission.ts";

/** Single submissions taken into one transaction at most. */
const MAX_BATCH = 64;
/** Single submissions waiting at most; past it callers are told to come back. */
const MAX_WAITING = 2_000;

interface Waiting {
  readonly submission: Submission;
  readonly settle: (result: AcceptResult | Promise<AcceptResult>) => void;
}

/**
 * Takes single submissions and hands them to `accept` in batches: those that arrive while a batch is under way form the
 * next one. There is no timer, so an idle server adds no delay. When a batch fails, its items are tried one by one, so
 * that a bad one harms no neighbour.
 *
 * @returns what to call with a submission; it throws LeadgateError `unavailable` when too many wait.
 */
export function createCoalesce(accept: Accept): (submission: Submission) => Promise<AcceptResult> {
  const waiting: Waiting[] = [];
  let running = false;

  const run = async () => {
    running = true;
    while (waiting.length > 0) await acceptTogether(accept, waiting.splice(0, MAX_BATCH));
    running = false;
  };

  return (submission) => {
    if (waiting.length >= MAX_WAITING) {
      throw new LeadgateError("unavailable", "Too many submissions are waiting; try again.", { retryAfterSeconds: 1 });
    }
    return new Promise((settle) => {
      waiting.push({ submission, settle });
      if (!running) void run();
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
