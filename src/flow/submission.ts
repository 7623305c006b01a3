import type { LeadgateError } from "../base/errors.ts";
import type { Identity } from "../lead/identity.ts";
import type { Contribution } from "../lead/merge.ts";
import type { JsonObject } from "../lead/types.ts";

/** One request, recognised, checked and identified: all that `accept` needs to know. */
export interface Submission {
  readonly source: string;
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
}

/** What became of a submission, in the words of the contract. */
export type Outcome = "created" | "updated" | "unchanged" | "stale";

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
