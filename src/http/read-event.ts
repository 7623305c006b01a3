import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";
import type { Submission } from "../flow/submission.ts";
import { canonicalJson } from "../lead/canonical-json.ts";
import { type EmailFold, foldEmail, readEmail } from "../lead/email.ts";
import { sha256 } from "../lead/identity.ts";
import type { JsonObject, RecognisedEvent } from "../lead/types.ts";
import { OccurredAt, SourceSlug } from "./canonical.ts";

/** A behaviour event, as `POST /v1/events` takes it. */
export const CanonicalEvent = z.strictObject({
  id: z
    .union([z.string(), z.number().transform(String)], "must be the sender's own id of the event")
    .pipe(z.string().min(1, "must not be empty").max(255, "must have at most 255 characters")),
  type: z
    .string("must be text such as order.paid")
    .regex(/^\S{1,100}$/, "must be 1 to 100 characters without white space"),
  email: z.string("must be an e-mail address such as ann@example.com"),
  occurredAt: OccurredAt.nullish(),
  value: z.number("must be a number, in the currency's major unit").nullish(),
  currency: z
    .string("must be a currency code such as EUR")
    .regex(/^[A-Za-z]{3}$/, "must be a currency code such as EUR")
    .transform((code) => code.toUpperCase())
    .nullish(),
  data: z.record(z.string(), z.unknown(), "must be an object").nullish(),
  source: SourceSlug.nullish(),
});

/** Where an event came in. */
export interface EventArrival {
  readonly fold: EmailFold;
  readonly followUps: boolean;
}

/**
 * Reads an event in canonical names, strictly.
 *
 * @throws LeadgateError `invalid-field` with every fault, `invalid-email` when only the address is wrong.
 */
export function readEvent(payload: JsonObject, arrival: EventArrival): Submission {
  const result = CanonicalEvent.safeParse(payload);
  if (!result.success) throw faultsOf(result.error);
  const { email, source, data, occurredAt, value, ...event } = result.data;
  return eventSubmission({
    source: source ?? "api",
    email,
    arrival,
    data: (data ?? {}) as JsonObject,
    event: {
      id: event.id,
      type: event.type,
      ...(occurredAt != null && { occurredAt: new Date(occurredAt) }),
      ...(value != null && { value }),
      ...(event.currency != null && { currency: event.currency }),
    },
  });
}

/** What `accept` needs to know of an event, whoever sent it. Throws LeadgateError `invalid-email`. */
export function eventSubmission(told: {
  readonly source: string;
  readonly email: string;
  readonly event: RecognisedEvent;
  readonly data: JsonObject;
  readonly arrival: EventArrival;
}): Submission {
  const { source, event, data, arrival } = told;
  const { key, asGiven } = readEmail(told.email);
  const details = {
    id: event.id,
    type: event.type,
    value: event.value ?? null,
    currency: event.currency ?? null,
    data,
  };
  return {
    source,
    identity: {
      kind: "sender",
      value: `event:${event.id}`,
      contentHash: sha256(canonicalJson({ ...details, email: key })),
    },
    said: { email: foldEmail(key, arrival.fold), fields: { emailAsGiven: asGiven }, utm: {}, attributes: {} },
    occurredAt: event.occurredAt,
    payload: {},
    followUps: arrival.followUps,
    dedupeWindowMs: 0,
    event: details,
  };
}

function faultsOf(error: z.ZodError): LeadgateError {
  const faults = error.issues.flatMap((issue) =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((path) => ({ path, message: "is no field of an event; put it into data" }))
      : [{ path: issue.path.join("."), message: issue.message }],
  );
  const kind = faults.every(({ path }) => path === "email") ? "invalid-email" : "invalid-field";
  return new LeadgateError(kind, faults.map(({ path, message }) => `${path} ${message}`).join("; "), { faults });
}
