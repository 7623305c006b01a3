import type { LeadgateError } from "../base/errors.ts";
import type { Identity } from "../lead/identity.ts";
import type { Contribution } from "../lead/merge.ts";
import type { Trigger } from "../lead/rules.ts";
import type { JsonObject } from "../lead/types.ts";
import type { StoredSubmission } from "../store/submissions.ts";

/** One request, recognised, checked and identified: all that `accept` needs to know. */
export interface Submission {
  readonly source: string;
  /** How it came in; absent for what came by no request of its own, such as a click on a link. */
  readonly channel?: "form" | "webhook" | "api" | "event" | undefined;
  readonly identity: Identity;
  readonly said: Contribution;
  /** When it happened, by the sender's word; absent where the time of acceptance must do. */
  readonly occurredAt?: Date | undefined;
  /** What is kept of it. */
  readonly payload: JsonObject;
  /** False queues no mail. */
  readonly followUps: boolean;
  /** How long the same content counts as the same submission where nothing else identifies it. */
  readonly dedupeWindowMs: number;
  /** A behaviour event instead of something the person wrote: it is counted, and sets off `event:` rules only. */
  readonly event?: EventDetails | undefined;
  /** What this sets off, where it is not what a submission does. */
  readonly triggers?: readonly Trigger[] | undefined;
  /** The id it is to have; absent where it is to be given one. */
  readonly id?: string | undefined;
  /** When it came in, where that is not now: it waited in the spool. */
  readonly arrivedAt?: Date | undefined;
}

export interface EventDetails {
  /** The sender's own id, by which it is counted once for its source. */
  readonly id: string;
  readonly type: string;
  /** In the currency's major unit. */
  readonly value: number | null;
  /** ISO 4217, upper case. */
  readonly currency: string | null;
  readonly data: JsonObject;
}

/** What became of a submission, in the words of the contract. */
export type Outcome = "created" | "updated" | "unchanged" | "stale" | "counted" | "erased";

export interface FollowUpAnswer {
  readonly template: string;
  readonly status: "queued" | "already-sent" | "suppressed" | "no-consent";
  /** Where the mail that was already asked for stands. */
  readonly messageStatus?: string;
}

/** A submission that is in, now or before. */
export interface Accepted {
  readonly submissionId: string;
  readonly outcome: Outcome;
  /** Whether this is the first answer given again. */
  readonly replayed: boolean;
  /** The answer's JSON, the same to the byte for every replay. */
  readonly body: string;
}

/** In the order of the batch; an error spoils its own item only. */
export type AcceptResult = Accepted | LeadgateError;

/** What a submission is answered with that waits in the spool: nothing more is known of it yet. */
export interface Receipt {
  readonly submissionId: string;
  readonly outcome: "accepted";
  readonly replayed: false;
  readonly body: string;
}

export function receiptOf(submissionId: string): Receipt {
  const body = JSON.stringify({ accepted: true, submissionId });
  return { submissionId, outcome: "accepted", replayed: false, body };
}

/** The first answer given again. */
export function replayOf({ id, outcome, answer }: Pick<StoredSubmission, "id" | "outcome" | "answer">): Accepted {
  return { submissionId: id, outcome: outcome as Outcome, replayed: true, body: answer };
}

/** What a replay is told whose lead was erased since. */
export function erasedAnswer(submissionId: string): Accepted {
  const outcome = "erased";
  return { submissionId, outcome, replayed: true, body: JSON.stringify({ submissionId, outcome }) };
}
