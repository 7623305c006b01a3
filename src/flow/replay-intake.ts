import { systemClock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { foldEmail, readEmail } from "../lead/email.ts";
import { normalise } from "../lead/normalise.ts";
import type { JsonObject, Recognised } from "../lead/types.ts";
import type { Database } from "../store/client.ts";
import type { RecordedEvent, RecordedSubmission } from "../store/stored-intake.ts";
import { type Accept, createAccept } from "./accept.ts";
import type { Configuration } from "./configuration.ts";
import type { Submission } from "./submission.ts";

/** One line of an export of submissions. */
export type Recorded = RecordedSubmission | RecordedEvent;

/** Takes recorded submissions in again. @returns why items were refused, one reason each. */
export type ReplayBatch = (records: readonly Recorded[]) => Promise<string[]>;

/** Takes what was recorded through the same `accept` as what arrives, with the rules in force. */
export function createReplay(database: Database, configuration: Configuration): ReplayBatch {
  const accept = createAccept({ database, clock: systemClock, rules: () => configuration.rules });
  return async (records) => {
    const refused: string[] = [];
    const batch = records.flatMap((record) => {
      try {
        return [submissionOf(record, configuration)];
      } catch (error) {
        if (!(error instanceof LeadgateError)) throw error;
        refused.push(error.publicMessage);
        return [];
      }
    });
    const results = batch.length === 0 ? [] : await untilAvailable(accept, batch);
    return [
      ...refused,
      ...results.flatMap((result) => (result instanceof LeadgateError ? [result.publicMessage] : [])),
    ];
  };
}

/** A sender that is told to come back does. */
async function untilAvailable(accept: Accept, batch: readonly Submission[]): ReturnType<Accept> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await accept(batch);
    } catch (error) {
      const goesOn = error instanceof LeadgateError && error.kind === "unavailable" && attempt < 10;
      if (!goesOn) throw error;
    }
  }
}

/**
 * The submission as it was claimed. Its stored identity already says which one it is, content-made ones by what they
 * follow, and its stored time is what it was stamped with: so the order it comes in now makes no difference.
 */
function submissionOf(record: Recorded, { email: fold }: Configuration): Submission {
  if ("eventId" in record) return eventOf(record, fold);
  const { source, identity, contentHash, payload } = record;
  const attributes = (payload.attributes ?? {}) as JsonObject;
  const { occurredAt: _, event: _event, ...said } = payload;
  const isClick = identity.startsWith("key:confirm:");
  return {
    source,
    identity: { kind: "item", value: identity, contentHash },
    said: normalise({ ...(said as Partial<Recognised>), sender: "replay", attributes }, fold),
    occurredAt: new Date(record.occurredAt),
    payload,
    followUps: true,
    dedupeWindowMs: 0,
    ...(isClick && { triggers: ["lead.confirmed"] }),
  };
}

function eventOf(
  { source, eventId, email, occurredAt, ...rest }: RecordedEvent,
  fold: Configuration["email"],
): Submission {
  const { key, asGiven } = readEmail(email);
  const { type, value, currency, data } = rest;
  return {
    source,
    identity: { kind: "sender", value: `event:${eventId}`, contentHash: "" },
    said: { email: foldEmail(key, fold), fields: { emailAsGiven: asGiven }, utm: {}, attributes: {} },
    occurredAt: new Date(occurredAt),
    payload: {},
    followUps: true,
    dedupeWindowMs: 0,
    event: { id: eventId, type, value, currency, data },
  };
}
