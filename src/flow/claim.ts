import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import { promisesSameContent } from "../lead/identity.ts";
import type { Queryable } from "../store/client.ts";
import { findEvents } from "../store/events.ts";
import type { KeptRecord } from "../store/kept-hashes.ts";
import { findNewestSubmissions, findSubmissions, type StoredSubmission } from "../store/submissions.ts";
import type { Gone } from "./gone.ts";
import type { Submission } from "./submission.ts";

/** What a look at the store says of one item of a batch. */
export type Claim =
  /**
   * Not seen before: to be claimed under this id and full identity. `unrepeated` is true where that rests on what was
   * the newest stored submission of its lead and source; `follows` where there was one.
   */
  | {
      readonly kind: "fresh";
      readonly id: string;
      readonly identity: string;
      readonly unrepeated: boolean;
      readonly follows: boolean;
    }
  | { readonly kind: "replay"; readonly of: StoredSubmission }
  /** The same as the earlier, fresh item of this batch with that index. */
  | { readonly kind: "twin"; readonly of: number }
  /** Had this id before its lead was erased. */
  | { readonly kind: "erased"; readonly id: string }
  | { readonly kind: "refused"; readonly error: LeadgateError };

/**
 * Sorts a batch into fresh submissions, replays, and twins within the batch.
 *
 * This is a short cut, not the gate: what it calls fresh is still claimed by the unique constraint on source and
 * identity. An identity made of content alone names the submission it follows, so that the constraint decides there
 * too: of two twins that follow the same one only one gets in, while 1, 2, 1 is three submissions.
 *
 * @param gone what is known from what is gone, once a write was refused.
 */
export async function claimBatch(
  db: Queryable,
  batch: readonly Submission[],
  now: Date,
  gone?: Gone,
): Promise<Claim[]> {
  const events = batch.flatMap(({ source, event }) => (event === undefined ? [] : [{ source, eventId: event.id }]));
  const submissions = batch.filter(({ event }) => event === undefined);
  const byContent = submissions.filter(({ identity }) => identity.kind === "hash");
  const named = submissions.filter(({ identity }) => identity.kind !== "hash");
  const known = await findSubmissions(
    db,
    named.map(({ source, identity }) => ({ source, identity: identity.value })),
  );
  const newest = await findNewestSubmissions(
    db,
    byContent.map(({ said, source }) => ({ email: said.email, source })),
  );
  const claims: Claim[] = [];
  const look = new BatchLook(known, newest, await findEvents(db, events), now, gone);
  for (const [index, submission] of batch.entries()) claims.push(look.claim(submission, index));
  return claims;
}

/**
 * Whether one of these is by now the same as the newest submission of its lead and source, asked once their leads are
 * locked. Between the look and the lock others may have sent the same content after something else, under an identity
 * that follows another, which no constraint can see.
 */
export async function hasRepeated(
  db: Queryable,
  fresh: readonly (Submission & { readonly unrepeated: boolean })[],
  now: Date,
): Promise<boolean> {
  const resting = fresh.filter(({ unrepeated }) => unrepeated);
  const wanted = resting.map(({ said, source }) => ({ email: said.email, source }));
  const newest = await findNewestSubmissions(db, wanted);
  const byPlace = new Map(newest.map((one) => [placeOf(one.source, one.email), one]));
  return resting.some((submission) =>
    repeats(submission, byPlace.get(placeOf(submission.source, submission.said.email)), now),
  );
}

/** Whether a submission known by its content alone is the same as the newest of its lead and source. */
function repeats(
  { identity, dedupeWindowMs, arrivedAt }: Submission,
  last: { readonly identity: string; readonly receivedAt: Date } | undefined,
  now: Date,
): boolean {
  if (last === undefined || !last.identity.startsWith(`${identity.value}:`)) return false;
  return (arrivedAt ?? now).getTime() - last.receivedAt.getTime() < dedupeWindowMs;
}

/** A submission that a later item may repeat: stored, or an earlier item of this batch. */
interface Earlier {
  readonly id: string;
  readonly identity: string;
  readonly contentHash: string;
  readonly receivedAt: Date;
  readonly claim: Claim;
}

/** What is known while a batch is gone through in order. */
class BatchLook {
  readonly #byIdentity: Map<string, Earlier>;
  readonly #newest: Map<string, Earlier>;
  readonly #events: Map<string, Claim>;
  readonly #now: Date;

  constructor(
    known: readonly StoredSubmission[],
    newest: readonly (StoredSubmission & { readonly email: string })[],
    events: readonly StoredSubmission[],
    now: Date,
    private readonly gone: Gone | undefined,
  ) {
    this.#byIdentity = new Map(known.map((one) => [placeOf(one.source, one.identity), earlier(one)]));
    this.#newest = new Map(newest.map((one) => [placeOf(one.source, one.email), earlier(one)]));
    this.#events = new Map(events.map((one) => [placeOf(one.source, one.identity), { kind: "replay", of: one }]));
    this.#now = now;
  }

  claim(submission: Submission, index: number): Claim {
    if (submission.event !== undefined) return this.#claimEvent(submission, submission.event.id, index);
    return submission.identity.kind === "hash"
      ? this.#claimByContent(submission, index)
      : this.#claimByIdentity(submission, index);
  }

  /** The sender's id alone tells an event: the same order told twice in other words is one order. */
  #claimEvent(submission: Submission, eventId: string, index: number): Claim {
    const place = placeOf(submission.source, eventId);
    const same = this.#events.get(place) ?? erased(this.gone?.of(submission));
    if (same !== undefined) return same;
    this.#events.set(place, { kind: "twin", of: index });
    const id = submission.id ?? uuidV7(this.#now.getTime());
    return { kind: "fresh", id, identity: eventId, unrepeated: false, follows: false };
  }

  #claimByIdentity(submission: Submission, index: number): Claim {
    const { source, identity } = submission;
    const same = this.#byIdentity.get(placeOf(source, identity.value));
    const kept = same === undefined ? this.gone?.of(submission) : undefined;
    const claim = same?.claim ?? erased(kept) ?? this.#fresh(submission, index, identity.value);
    if (claim.kind === "fresh" || !promisesSameContent(identity.kind)) return claim;
    const isSame = kept ? this.gone?.isOf(kept, identity.contentHash) : same?.contentHash === identity.contentHash;
    return isSame ? claim : { kind: "refused", error: reused() };
  }

  #claimByContent(submission: Submission, index: number): Claim {
    const last = this.#newest.get(placeOf(submission.source, submission.said.email));
    if (last !== undefined && repeats(submission, last, this.#now)) return last.claim;
    const kept = last === undefined ? this.gone?.of(submission) : undefined;
    const receivedAt = kept?.receivedAt?.getTime() ?? Number.NEGATIVE_INFINITY;
    const arrivedAt = submission.arrivedAt ?? this.#now;
    if (kept && arrivedAt.getTime() - receivedAt < submission.dedupeWindowMs) return this.#claimGone(kept);
    const identity = `${submission.identity.value}:after:${last?.id ?? kept?.submissionId ?? "none"}`;
    const isStored = last !== undefined && last.claim.kind !== "twin";
    return {
      ...this.#fresh(submission, index, identity),
      unrepeated: isStored || last === undefined,
      follows: isStored,
    };
  }

  /** The same content, whose lead was erased or has another address by now. */
  #claimGone(kept: KeptRecord): Claim {
    const answer = this.gone?.answerOf(kept);
    return answer === undefined ? { kind: "erased", id: kept.submissionId! } : { kind: "replay", of: answer };
  }

  #fresh(submission: Submission, index: number, identity: string): Extract<Claim, { kind: "fresh" }> {
    const { source, said } = submission;
    const id = submission.id ?? uuidV7(this.#now.getTime());
    const own: Earlier = {
      id,
      identity,
      contentHash: submission.identity.contentHash,
      receivedAt: submission.arrivedAt ?? this.#now,
      claim: { kind: "twin", of: index },
    };
    this.#byIdentity.set(placeOf(source, identity), own);
    this.#newest.set(placeOf(source, said.email), own);
    return { kind: "fresh", id, identity, unrepeated: false, follows: false };
  }
}

function earlier(stored: StoredSubmission): Earlier {
  return { ...stored, claim: { kind: "replay", of: stored } };
}

function erased(kept: KeptRecord | undefined): Claim | undefined {
  return kept?.submissionId ? { kind: "erased", id: kept.submissionId } : undefined;
}

function placeOf(source: string, name: string): string {
  return `${source} ${name}`;
}

function reused(): LeadgateError {
  const message =
    "This identity was used before for other content. Send the first content again, or give the new content an identity of its own.";
  return new LeadgateError("idempotency-key-reuse", message, { faults: [{ path: "submissionId", message }] });
}
