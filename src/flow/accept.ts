import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import type { Rule } from "../lead/rules.ts";
import type { Database, Queryable } from "../store/client.ts";
import { writeIntake } from "../store/intake.ts";
import { upsertLeads } from "../store/leads.ts";
import { messagesOf } from "../store/messages.ts";
import { countEventReplays } from "../store/events.ts";
import { countReplays, type StoredSubmission } from "../store/submissions.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import { type Claim, claimBatch, followsNewest } from "./claim.ts";
import { BatchMerge, type FreshSubmission } from "./merge-batch.ts";
import type { Accepted, AcceptResult, Outcome, Submission } from "./submission.ts";

export interface AcceptDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** The rules in force; asked anew for each batch, since they may be reloaded. */
  readonly rules: () => readonly Rule[];
  /** Why forms may queue no mail, where that is so. */
  readonly formsHeld?: () => string | undefined;
  /** Told that mail was queued, so that a worker in this process need not wait for its next look. */
  readonly onQueued?: () => void;
}

/** The only way in: takes a batch of 1 to 1,000 submissions and answers each. */
export type Accept = (batch: readonly Submission[]) => Promise<AcceptResult[]>;

/** How often a batch that lost a claim to a concurrent twin looks again before its callers are told to come back. */
const ROUNDS = 20;

/** A concurrent twin was first; the transaction is rolled back, and a second look finds the twin's answer. */
class LostClaim extends Error {
  override readonly name = "LostClaim";
}

/**
 * Makes the intake. Each batch is one transaction that saves all of it or nothing: leads upserted on their unique
 * address, submissions claimed on their unique identity, mails gated on lead and template.
 */
export function createAccept(deps: AcceptDeps): Accept {
  return async (batch) => {
    for (let round = 1; round <= ROUNDS; round++) {
      const now = deps.clock.now();
      const claims = await withDatabase(() => claimBatch(deps.database.prisma, batch, now));
      try {
        const written = await writeFresh(deps, batch, claims, now);
        const results = claims.map((claim, index) => written.get(index) ?? resultOf(claim, written));
        await withDatabase(() => countRepetitions(deps.database.prisma, results));
        return results;
      } catch (error) {
        if (!(error instanceof LostClaim)) throw error;
      }
    }
    throw new LeadgateError("unavailable", "Too many twins at once; try again.", { retryAfterSeconds: 1 });
  };
}

/** The answers of the items that were fresh, by their index in the batch. */
type Written = ReadonlyMap<number, Accepted>;

async function writeFresh(
  deps: AcceptDeps,
  batch: readonly Submission[],
  claims: readonly Claim[],
  now: Date,
): Promise<Written> {
  const fresh = claims.flatMap((claim, index): FreshSubmission[] =>
    claim.kind === "fresh"
      ? [{ ...batch[index]!, index, id: claim.id, fullIdentity: claim.identity, follows: claim.follows }]
      : [],
  );
  if (fresh.length === 0) return new Map();
  const merged = await inTransaction(deps.database, (db) => saveBatch(deps, db, fresh, now));
  if (merged.write.messages.length > 0) deps.onQueued?.();
  return merged.answers;
}

async function saveBatch(
  { rules, formsHeld }: AcceptDeps,
  db: Queryable,
  fresh: readonly FreshSubmission[],
  now: Date,
): Promise<BatchMerge> {
  const batch = new BatchMerge(fresh, rules(), now, formsHeld?.());
  const locked = await upsertLeads(db, batch.candidates());
  const known = locked.filter(({ created }) => !created).map(({ lead }) => lead);
  const emails = new Set(known.map(({ email }) => email));
  if (
    !(await followsNewest(
      db,
      fresh.filter(({ said }) => emails.has(said.email)),
    ))
  )
    throw new LostClaim();
  batch.merge(
    locked,
    await messagesOf(
      db,
      known.map(({ id }) => id),
    ),
  );
  const { claimed, gated } = await writeIntake(db, batch.write);
  if (claimed < batch.write.submissions.length + batch.write.events.length || gated < batch.write.messages.length) throw new LostClaim();
  return batch;
}

function resultOf(claim: Claim, written: Written): AcceptResult {
  switch (claim.kind) {
    case "refused":
      return claim.error;
    case "replay":
      return replayOf(claim.of);
    case "twin":
      return { ...written.get(claim.of)!, replayed: true };
    case "fresh":
      throw new TypeError("a fresh claim is answered by what was written");
  }
}

function replayOf({ id, outcome, answer }: StoredSubmission): Accepted {
  return { submissionId: id, outcome: outcome as Outcome, replayed: true, body: answer };
}

/** Counts what this batch repeated. The counters are all that a replay changes. */
async function countRepetitions(db: Queryable, results: readonly AcceptResult[]): Promise<void> {
  const submissions = new Map<string, number>();
  const events = new Map<string, number>();
  for (const result of results) {
    if (result instanceof LeadgateError || !result.replayed) continue;
    const times = result.outcome === "counted" ? events : submissions;
    times.set(result.submissionId, (times.get(result.submissionId) ?? 0) + 1);
  }
  await countReplays(db, submissions);
  await countEventReplays(db, events);
}
