import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import { promisesSameContent } from "../lead/identity.ts";
import type { Queryable } from "../store/client.ts";
import { findEvents } from "../store/events.ts";
import { findNewestSubmissions, findSubmissions, type StoredSubmission } from "../store/submissions.ts";
import type { Submission } from "./submission.ts";

/** What a look at the store says of one item of a batch. */
export type Claim =
  /**
   * Not seen before: to be claimed under this id and full identity. `follows` is there where that identity holds only
   * as long as the newest stored submission of its lead and source is still the one with this id, or `none`.
   */
  | { readonly kind: "fresh"; readonly id: string; readonly identity: string; readonly follows?: string }
  | { readonly kind: "replay"; readonly of: StoredSubmission }
  /** The same as the earlier, fresh item of this batch with that index. */
  | { readonly kind: "twin"; readonly of: number }
  | { readonly kind: "refused"; readonly error: LeadgateError };

/**
 * Sorts a batch into fresh submissions, replays, and twins within the batch.
 *
 * This is a short cut, not the gate: what it calls fresh is still claimed by the unique constraint on source and
 * identity. An identity made of content alone names the submission it follows, so that the constraint decides there
 * too: of two twins that follow the same one only one gets in, while 1, 2, 1 is three submissions.
 */
export async function claimBatch(db: Queryable, batch: readonly Submission[], now: Date): Promise<Claim[]> {
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
  const look = new BatchLook(known, newest, await findEvents(db, events), now);
  for (const [index, submission] of batch.entries()) claims.push(look.claim(submission, index));
  return claims;
}

/**
 * Whether what content-made identities follow is still the newest, asked once their leads are locked. Between the look
 * and the lock others may have sent the same content after something else, which no constraint can see.
 */
export async function followsNewest(
  db: Queryable,
  fresh: readonly (Submission & { readonly follows?: string | undefined })[],
): Promise<boolean> {
  const following = fresh.filter(({ follows }) => follows !== undefined);
  const wanted = following.map(({ said, source }) => ({ email: said.email, source }));
  const newest = await findNewestSubmissions(db, wanted);
  const ids = new Map(newest.map(({ source, email, id }) => [placeOf(source, email), id]));
  return following.every(({ source, said, follows }) => (ids.get(placeOf(source, said.email)) ?? NONE) === follows);
}

/** What the first submission of a lead and source follows. */
const NONE = "none";

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
  ) {
    this.#byIdentity = new Map(known.map((one) => [placeOf(one.source, one.identity), earlier(one)]));
    this.#newest = new Map(newest.map((one) => [placeOf(one.source, one.email), earlier(one)]));
    this.#events = new Map(events.map((one) => [placeOf(one.source, one.identity), { kind: "replay", of: one }]));
    this.#now = now;
  }

  claim(submission: Submission, index: number): Claim {
    if (submission.event !== undefined) return this.#claimEvent(submission.source, submission.event.id, index);
    return submission.identity.kind === "hash"
      ? this.#claimByContent(submission, index)
      : this.#claimByIdentity(submission, index);
  }

  /** The sender's id alone tells an event: the same order told twice in other words is one order. */
  #claimEvent(source: string, eventId: string, index: number): Claim {
    const place = placeOf(source, eventId);
    const same = this.#events.get(place);
    if (same !== undefined) return same;
    this.#events.set(place, { kind: "twin", of: index });
    return { kind: "fresh", id: uuidV7(this.#now.getTime()), identity: eventId };
  }

  #claimByIdentity(submission: Submission, index: number): Claim {
    const { source, identity } = submission;
    const same = this.#byIdentity.get(placeOf(source, identity.value));
    if (same === undefined) return this.#fresh(submission, index, identity.value);
    return promisesSameContent(identity.kind) && same.contentHash !== identity.contentHash
      ? { kind: "refused", error: reused() }
      : same.claim;
  }

  #claimByContent(submission: Submission, index: number): Claim {
    const key = submission.identity.value;
    const last = this.#newest.get(placeOf(submission.source, submission.said.email));
    const same = last?.identity.startsWith(`${key}:`);
    const recent = this.#now.getTime() - (last?.receivedAt.getTime() ?? 0) < submission.dedupeWindowMs;
    if (last !== undefined && same && recent) return last.claim;
    const follows = last?.id ?? NONE;
    const claim = this.#fresh(submission, index, `${key}:after:${follows}`);
    return last?.claim.kind === "twin" ? claim : { ...claim, follows };
  }

  #fresh(submission: Submission, index: number, identity: string): Extract<Claim, { kind: "fresh" }> {
    const { source, said } = submission;
    const id = uuidV7(this.#now.getTime());
    const own: Earlier = {
      id,
      identity,
      contentHash: submission.identity.contentHash,
      receivedAt: this.#now,
      claim: { kind: "twin", of: index },
    };
    this.#byIdentity.set(placeOf(source, identity), own);
    this.#newest.set(placeOf(source, said.email), own);
    return { kind: "fresh", id, identity };
  }
}

function earlier(stored: StoredSubmission): Earlier {
  return { ...stored, claim: { kind: "replay", of: stored } };
}

function placeOf(source: string, name: string): string {
  return `${source} ${name}`;
}

function reused(): LeadgateError {
  const message =
    "This identity was used before for other content. Send the first content again, or give the new content an identity of its own.";
  return new LeadgateError("idempotency-key-reuse", message, { faults: [{ path: "submissionId", message }] });
}
