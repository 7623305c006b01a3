import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { inSpan } from "../base/trace.ts";
import type { Rule } from "../lead/rules.ts";
import type { Database, Queryable } from "../store/client.ts";
import { countEventReplays } from "../store/events.ts";
import { writeIntake } from "../store/intake.ts";
import { type Absent, hasKept } from "../store/kept-hashes.ts";
import { type LockedLead, upsertLeads } from "../store/leads.ts";
import { messagesOf } from "../store/messages.ts";
import { countReplays } from "../store/submissions.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import { type Claim, claimBatch, hasRepeated } from "./claim.ts";
import { type Gone, lookForGone, nameOf } from "./gone.ts";
import { tellOfLeads } from "./hook-events.ts";
import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";
import { BatchMerge, type FreshSubmission } from "./merge-batch.ts";
import { type Accepted, type AcceptResult, erasedAnswer, replayOf, type Submission } from "./submission.ts";

export interface AcceptDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** The rules in force; asked anew for each batch, since they may be reloaded. */
  readonly rules: () => readonly Rule[];
  /** Why forms may queue no mail, where that is so. */
  readonly formsHeld?: () => string | undefined;
  /** Told that there may be mail or hooks to send, so that a worker in this process need not wait for its next look. */
  readonly onQueued?: () => void;
}

/** The only way in: takes a batch of 1 to 1,000 submissions and answers each. */
export type Accept = (batch: readonly Submission[]) => Promise<AcceptResult[]>;

/** How often a batch that lost a claim to a concurrent twin looks again before its callers are told to come back. */
const ROUNDS = 20;

/**
 * A concurrent twin was first, or it was erased before; the transaction is rolled back, and a second look finds the
 * answer.
 */
class LostClaim extends Error {
  override readonly name = "LostClaim";
}

/**
 * Makes the intake. Each batch is one transaction that saves all of it or nothing: leads upserted on their unique
 * address, submissions claimed on their unique identity, mails gated on lead and template.
 */
export function createAccept(deps: AcceptDeps): Accept {
  const { prisma } = deps.database;
  const keyedHash = createKeyedHash(deps.database);
  const accept: Accept = async (batch) => {
    const hash = await withDatabase(keyedHash);
    for (let round = 1; round <= ROUNDS; round++) {
      const now = deps.clock.now();
      const gone = round === 1 ? undefined : await withDatabase(() => lookForGone(prisma, batch, hash));
      const claims = await withDatabase(() => claimBatch(prisma, batch, now, gone));
      try {
        const written = await writeFresh({ ...deps, hash, gone, now }, batch, claims);
        const results = claims.map((claim, index) => written.get(index) ?? resultOf(claim, written));
        await withDatabase(() => countRepetitions(prisma, results));
        return results;
      } catch (error) {
        if (!(error instanceof LostClaim)) throw error;
      }
    }
    throw new LeadgateError("unavailable", "Too many twins at once; try again.", { retryAfterSeconds: 1 });
  };
  return (batch) => inSpan("leadgate.accept", { "leadgate.batch.size": batch.length }, () => accept(batch));
}

/** The answers of the items that were fresh, by their index in the batch. */
type Written = ReadonlyMap<number, Accepted>;

/** What one round knows. */
interface Round extends AcceptDeps {
  readonly hash: KeyedHash;
  readonly gone: Gone | undefined;
  readonly now: Date;
}

async function writeFresh(round: Round, batch: readonly Submission[], claims: readonly Claim[]): Promise<Written> {
  const fresh = claims.flatMap((claim, index): FreshSubmission[] => {
    if (claim.kind !== "fresh") return [];
    const { id, identity: fullIdentity, unrepeated, follows } = claim;
    return [{ ...batch[index]!, index, id, fullIdentity, unrepeated, follows }];
  });
  if (fresh.length === 0) return new Map();
  const { merged, hooked } = await inTransaction(round.database, (db) => saveBatch(round, db, fresh));
  if (merged.write.messages.length > 0 || hooked) round.onQueued?.();
  return merged.answers;
}

async function saveBatch(
  { rules, formsHeld, hash, gone, now }: Round,
  db: Queryable,
  fresh: readonly FreshSubmission[],
): Promise<{ merged: BatchMerge; hooked: boolean }> {
  const batch = new BatchMerge(fresh, rules(), now, { formsHeld: formsHeld?.(), isUnwanted: gone?.isUnwanted });
  const locked = await upsertLeads(db, batch.candidates());
  const known = new Map(locked.filter(({ created }) => !created).map(({ lead }) => [lead.email, lead.id]));
  const ofKnown = fresh.filter(({ said }) => known.has(said.email));
  // What was followed is gone with its lead, whose new self has no submission to follow.
  const isLost = fresh.some(({ follows, said }) => follows && !known.has(said.email));
  if (isLost || (await hasRepeated(db, ofKnown, now))) throw new LostClaim();
  batch.merge(locked, await messagesOf(db, [...known.values()]));
  const { claimed, gated, anyKept, hooked } = await writeIntake(db, batch.write);
  const { submissions, events, messages } = batch.write;
  if (claimed < submissions.length + events.length || gated < messages.length) throw new LostClaim();
  // Where nothing was ever erased, which is nearly everywhere, no hash is made to look for it.
  if (anyKept && (await hasKept(db, absentOf(hash, fresh, locked, now)))) throw new LostClaim();
  if (hooked) await tellOfLeads(db, batch.leadEvents, now);
  return { merged: batch, hooked };
}

/** The hashes that would tell what the first look could not see: that one of these was erased, or wants no mail. */
function absentOf(
  hash: KeyedHash,
  fresh: readonly FreshSubmission[],
  locked: readonly LockedLead[],
  now: Date,
): Absent[] {
  const claimed = fresh.flatMap((one): Absent[] => {
    const byContent = one.event === undefined && one.identity.kind === "hash";
    if (byContent && (one.follows || !one.unrepeated)) return [];
    const at = (one.arrivedAt ?? now).getTime();
    return [{ hash: nameOf(hash, one), after: byContent ? new Date(at - one.dedupeWindowMs) : null }];
  });
  const mailed = locked.filter(({ created, lead }) => created && !lead.suppressed);
  return [...claimed, ...mailed.map(({ lead }) => ({ hash: hash("address", lead.email), after: null }))];
}

function resultOf(claim: Claim, written: Written): AcceptResult {
  switch (claim.kind) {
    case "refused":
      return claim.error;
    case "replay":
      return replayOf(claim.of);
    case "erased":
      return erasedAnswer(claim.id);
    case "twin":
      return { ...written.get(claim.of)!, replayed: true };
    case "fresh":
      throw new TypeError("a fresh claim is answered by what was written");
  }
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
