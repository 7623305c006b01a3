import { LeadgateError } from "../base/errors.ts";
import type { AsideRequest } from "../flow/set-aside.ts";
import type { Submission } from "../flow/submission.ts";
import type { EmailFold } from "../lead/email.ts";
import { contentKeyOf, type Identity, identify, rawContentKeyOf } from "../lead/identity.ts";
import { normalise, toPayload } from "../lead/normalise.ts";
import { type FieldMap, recognise } from "../lead/recognise.ts";
import type { Json, JsonObject, Recognised } from "../lead/types.ts";
import { readCanonical } from "./canonical.ts";
import { eventSubmission, readEvent } from "./read-event.ts";

/** Where and how a payload came in. */
export interface Arrival {
  readonly channel: "form" | "webhook" | "api" | "event";
  /** The source of the address; own code may name another in the payload. */
  readonly source: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly map: FieldMap;
  readonly dedupeWindowMs: number;
  /** The same of a source that own code names; throws LeadgateError `not-found` for one that is not there. */
  readonly dedupeWindowOf: (source: string) => number;
  readonly fold: EmailFold;
  readonly followUps: boolean;
  readonly idempotencyKey: string | undefined;
  readonly webhookId: string | undefined;
  /** The form field that people can't see; filled in, it gives a robot away. */
  readonly honeypot?: string;
  /** Position in an array; absent for a single submission. */
  readonly index?: number;
}

/** What a payload turned out to be. */
export type Reading =
  | { readonly kind: "submission"; readonly submission: Submission }
  /** To be kept apart; with an error where the sender is to be told that it made no lead. */
  | { readonly kind: "aside"; readonly aside: AsideRequest; readonly error?: LeadgateError };

/** Fields that steer the form and say nothing of the person. */
const CONTROL = ["_submission_id", "_redirect"];

/**
 * Reads one payload: recognises its shape, finds its identity, checks and normalises what it says.
 *
 * @throws LeadgateError for own code's faults, which are refused whole. What forms and webhooks send is never refused
 *   for its content: without a usable address it is to be set aside.
 */
export function readSubmission(payload: JsonObject, arrival: Arrival): Reading {
  if (arrival.channel === "api") return readOwn(payload, arrival);
  if (arrival.channel === "event") return readOwnEvent(payload, arrival);
  return readForeign(payload, arrival);
}

function readOwn(payload: JsonObject, arrival: Arrival): Reading {
  const { recognised, source, submissionId } = readCanonical(payload);
  const dedupeWindowMs = arrival.dedupeWindowOf(source);
  const said = normalise(recognised, arrival.fold);
  const identity = identify(
    { ...hintsOf(arrival), itemSubmissionId: submissionId },
    payload,
    contentKeyOf(source, said, recognised),
  );
  return submissionFrom(recognised, said, identity, source, { ...arrival, dedupeWindowMs });
}

function readOwnEvent(payload: JsonObject, arrival: Arrival): Reading {
  const submission = readEvent(payload, arrival);
  arrival.dedupeWindowOf(submission.source);
  return { kind: "submission", submission };
}

function readForeign(payload: JsonObject, arrival: Arrival): Reading {
  const { content, formSubmissionId, itemSubmissionId } = withoutControl(payload, arrival);
  const recognised = recognise({ payload: content, headers: arrival.headers }, arrival.map);
  const hints = { ...hintsOf(arrival), formSubmissionId, itemSubmissionId, senderId: recognised.senderId };
  const aside = (kind: AsideRequest["kind"], reason: string): AsideRequest => ({
    kind,
    channel: arrival.channel,
    source: arrival.source,
    identity: identify(hints, payload, rawContentKeyOf(arrival.source, content)),
    contentType: arrival.headers["content-type"] ?? "",
    payload: withoutSecrets(payload),
    reason,
  });
  if (isTrapped(payload, arrival)) return { kind: "aside", aside: aside("spam", "the hidden field was filled in") };
  if (recognised.test === true) return { kind: "aside", aside: aside("test", "its sender marked it as a test") };
  try {
    const { event, email = "", attributes: data } = recognised;
    if (event !== undefined) {
      return {
        kind: "submission",
        submission: eventSubmission({ source: arrival.source, email, event, data, arrival }),
      };
    }
    const said = normalise(recognised, arrival.fold);
    const identity = identify(hints, payload, contentKeyOf(arrival.source, said, recognised));
    return submissionFrom(recognised, said, identity, arrival.source, arrival);
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    const told = recognised.email === undefined ? withoutAddress(recognised.missing) : error;
    return { kind: "aside", aside: aside("no-email", told.publicMessage), error: told };
  }
}

function submissionFrom(
  recognised: Recognised,
  said: Submission["said"],
  identity: Identity,
  source: string,
  arrival: Arrival,
): Reading {
  return {
    kind: "submission",
    submission: {
      source,
      channel: arrival.channel,
      identity,
      said,
      occurredAt: recognised.occurredAt,
      payload: toPayload(recognised),
      followUps: arrival.followUps,
      dedupeWindowMs: arrival.dedupeWindowMs,
    },
  };
}

function hintsOf({ idempotencyKey, webhookId, index }: Arrival) {
  return { idempotencyKey, webhookId, index };
}

function withoutControl(payload: JsonObject, { channel, honeypot, index }: Arrival) {
  const formSubmissionId = channel === "form" ? textOf(payload, "_submission_id") : undefined;
  const itemSubmissionId = index === undefined ? undefined : textOf(payload, "submissionId");
  const control = channel === "form" ? [...CONTROL, honeypot] : [];
  const content = Object.fromEntries(Object.entries(payload).filter(([key]) => !control.includes(key)));
  return { content, formSubmissionId, itemSubmissionId };
}

/** Google's lead forms send the source's secret in the body, where it must not be kept. */
function withoutSecrets(payload: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(payload).filter(([key]) => key !== "google_key"));
}

function isTrapped(payload: JsonObject, { channel, honeypot }: Arrival): boolean {
  if (channel !== "form" || honeypot === undefined || !Object.hasOwn(payload, honeypot)) return false;
  return isFilledIn(payload[honeypot]!);
}

/** Whatever a robot made of the field's name: an object or a list is filled in when anything in it is. */
function isFilledIn(value: Json): boolean {
  if (typeof value === "object") return value !== null && Object.values(value).some(isFilledIn);
  return String(value).trim() !== "";
}

function textOf(payload: JsonObject, key: string): string | undefined {
  const value = Object.hasOwn(payload, key) ? payload[key] : undefined;
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}

function withoutAddress(missing: string | undefined): LeadgateError {
  const message =
    missing ??
    "has no e-mail address in it; send one as `email`, or say under `map` of this source which field holds it";
  return new LeadgateError("invalid-email", `The submission ${message}.`.replace(/\.\.$/, "."), {
    faults: [{ path: "email", message }],
  });
}
