import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import { type AcceptResult, type Receipt, receiptOf, type Submission } from "../flow/submission.ts";
import type { TakeIn } from "../flow/take-in.ts";
import { cleanJson } from "../lead/clean-json.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import { problemOf } from "./errors.ts";
import { type Arrival, type Reading, readSubmission } from "./read-submission.ts";

/** Items of an array at most. */
const MAX_ITEMS = 1_000;

/** What one submission is answered with. */
export interface IntakeAnswer {
  readonly outcome: string;
  readonly submissionId: string;
  readonly replayed: boolean;
  /** JSON. */
  readonly body: string;
  /** What it was kept apart as, though it is answered like any other. */
  readonly aside?: "spam" | "test";
}

/** Told what came of each submission and event. */
export type CountIntake = (arrival: Pick<Arrival, "channel" | "source">, result: IntakeAnswer | LeadgateError) => void;

/** A refusal that has kept what was sent. */
export class Quarantined extends LeadgateError {
  constructor(
    readonly reason: LeadgateError,
    readonly quarantineId: string,
  ) {
    super(reason.kind, reason.publicMessage, { cause: reason, faults: reason.faults });
  }
}

export interface IntakeDeps {
  readonly takeIn: TakeIn;
  readonly log: Log;
  readonly countIntake: CountIntake;
}

/** Takes one submission in. Throws LeadgateError; `Quarantined` when it was set aside for want of an address. */
export async function takeOne(deps: IntakeDeps, payload: Json, arrival: Arrival): Promise<IntakeAnswer> {
  try {
    const answer = await take(deps, payload, arrival);
    deps.countIntake(arrival, answer);
    return answer;
  } catch (error) {
    if (error instanceof LeadgateError) deps.countIntake(arrival, error);
    throw error;
  }
}

async function take(deps: IntakeDeps, payload: Json, arrival: Arrival): Promise<IntakeAnswer> {
  const reading = readSubmission(objectOf(cleanJson(payload)), arrival);
  if (reading.kind === "aside") return answerAside(deps, reading);
  const result = await deps.takeIn.one(reading.submission);
  if (result instanceof LeadgateError) throw result;
  return result;
}

/**
 * Takes an array in: what can be accepted is accepted together, and a bad item spoils no other.
 *
 * @returns the body of the answer, results in the order of the items.
 */
export async function takeMany(
  deps: IntakeDeps,
  items: readonly Json[],
  arrival: Arrival,
  requestId: string,
): Promise<string> {
  if (items.length > MAX_ITEMS) {
    const message = `has ${items.length} items; send at most ${MAX_ITEMS} at once`;
    throw new LeadgateError("too-large", `The array ${message}.`, { faults: [{ path: "", message }] });
  }
  const readings = items.map((item, index) => readItem(item, { ...arrival, index }));
  const submissions = readings.flatMap((reading) =>
    reading instanceof LeadgateError || reading.kind === "aside" ? [] : [reading.submission],
  );
  const accepted = submissions.length === 0 ? [] : await acceptAll(deps, submissions);
  const results: string[] = [];
  for (const reading of readings) {
    const result = await resultOf(deps, reading, accepted);
    deps.countIntake(arrival, result);
    results.push(result instanceof LeadgateError ? errorItem(result, requestId) : answerItem(result));
  }
  return `{"results":[${results.join(",")}]}`;
}

type Taken = AcceptResult | Receipt;

/** Together; where a bug breaks the batch, one by one, so that only the item that met it is refused. */
async function acceptAll(deps: IntakeDeps, submissions: readonly Submission[]): Promise<Taken[]> {
  try {
    return await deps.takeIn.many(submissions);
  } catch (error) {
    if (error instanceof LeadgateError) throw error;
    if (submissions.length === 1) return [internalError(deps, error)];
  }
  const results: Taken[] = [];
  for (const submission of submissions) results.push(...(await acceptAll(deps, [submission])));
  return results;
}

function internalError({ log }: IntakeDeps, error: unknown): LeadgateError {
  log.error({ err: error }, "an item of an array failed");
  return new LeadgateError("internal", "Something went wrong here; it was logged. Try this item again.", {
    cause: error,
  });
}

function readItem(item: Json, arrival: Arrival): Reading | LeadgateError {
  return orError(() => readSubmission(objectOf(cleanJson(item)), arrival));
}

async function resultOf(
  deps: IntakeDeps,
  reading: Reading | LeadgateError,
  accepted: Taken[],
): Promise<IntakeAnswer | LeadgateError> {
  if (reading instanceof LeadgateError) return reading;
  if (reading.kind === "submission") return accepted.shift()!;
  try {
    return await answerAside(deps, reading);
  } catch (error) {
    if (error instanceof Quarantined) return error;
    throw error;
  }
}

/** Spam and tests are answered like a success, from the same parts, so that neither robot nor sender tells a difference. */
async function answerAside(deps: IntakeDeps, reading: Extract<Reading, { kind: "aside" }>): Promise<IntakeAnswer> {
  const { id, spooled, repeated } = await deps.takeIn.aside(reading.aside);
  if (reading.error !== undefined) throw new Quarantined(reading.error, id);
  const { kind } = reading.aside;
  if (spooled && kind === "spam") return { ...receiptOf(id), aside: kind };
  const outcome = kind === "test" ? "test" : "created";
  const answer = { id: kind === "test" ? null : uuidV7(), submissionId: id, outcome, email: null, followUps: [] };
  const aside = kind === "test" ? kind : "spam";
  return { outcome, submissionId: id, replayed: repeated && kind === "test", body: JSON.stringify(answer), aside };
}

function answerItem({ body, replayed }: IntakeAnswer): string {
  return replayed ? `${body.slice(0, -1)},"replayed":true}` : body;
}

function errorItem(error: LeadgateError, requestId: string): string {
  const quarantineId = error instanceof Quarantined ? error.quarantineId : undefined;
  return JSON.stringify({ error: problemOf(error, requestId, quarantineId) });
}

function objectOf(value: Json): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  const message = "must be an object with the fields of a lead";
  throw new LeadgateError("malformed", `A submission ${message}.`, { faults: [{ path: "", message }] });
}

function orError<Result>(work: () => Result): Result | LeadgateError {
  try {
    return work();
  } catch (error) {
    if (error instanceof LeadgateError) return error;
    throw error;
  }
}
