import { LeadgateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { JsonObject } from "../lead/types.ts";
import type { Database } from "../store/client.ts";
import { createMutex } from "../store/mutex.ts";
import type { Spool, SpoolEntry } from "../store/spool/spool.ts";
import { findAnswersById } from "../store/submissions.ts";
import { withDatabase } from "../store/transaction.ts";
import type { Accept } from "./accept.ts";
import type { Breaker } from "./breaker.ts";
import type { LookForErased } from "./erased-people.ts";
import type { AsideRequest, SetAside } from "./set-aside.ts";
import { fromRecord, type Spooled, type SpooledSubmission } from "./spooled.ts";

/** Brings what waits in the spool into the database. */
export interface Drain {
  /** Drains some of it, and tells whether there is more. Does nothing while the database is away. */
  run(): Promise<{ readonly more: boolean }>;
  /** Drops the records a predicate picks, when nothing is being drained. @returns how many. */
  erase(matches: (text: string) => boolean): Promise<number>;
}

export interface DrainDeps {
  readonly spool: Spool;
  readonly accept: Accept;
  readonly setAside: SetAside;
  readonly lookForErased: LookForErased;
  readonly database: Database;
  readonly breaker: Breaker;
  readonly log: Log;
}

/** Records brought in by one transaction at most. */
const BATCH = 200;
/** How often the folders of processes that have ended are looked for. */
const ADOPT_EVERY_MS = 30_000;

/**
 * Makes the drain: records in the order they came, through the same `accept` as everything else, each acknowledged once
 * the database has it. What is given out again after a crash is recognised by its id.
 *
 * What can't be taken in goes to quarantine with the reason, and where even that fails it is kept aside in the spool:
 * nothing is lost, and nothing holds up what is behind it.
 */
export function createDrain(deps: DrainDeps): Drain {
  const { spool, breaker, log } = deps;
  const inTurn = createMutex();
  let adoptedAtMs = Number.NEGATIVE_INFINITY;

  const adopt = async () => {
    if (performance.now() - adoptedAtMs < ADOPT_EVERY_MS) return;
    adoptedAtMs = performance.now();
    const records = await spool.adopt();
    if (records > 0) log.info({ records }, "the spool of a process that has ended was taken over");
  };

  const step = async () => {
    await adopt();
    if (breaker.isAway || spool.state().records === 0) return { more: false };
    const entries = await spool.read(BATCH);
    if (entries.length === 0) return { more: false };
    await drainBatch(deps, entries);
    await spool.acknowledge(entries);
    log.info({ records: entries.length, waiting: spool.state().records }, "the spool was drained");
    return { more: true };
  };

  return { run: () => inTurn(step), erase: (matches) => inTurn(() => spool.erase(matches)) };
}

/** Returns once the database, or the quarantine, has every entry. Throws LeadgateError `unavailable` when it is away. */
async function drainBatch(deps: DrainDeps, entries: readonly SpoolEntry[]): Promise<void> {
  const read = entries.map((entry) => ({ entry, spooled: fromRecord(entry.record) }));
  for (const { entry } of read.filter(({ spooled }) => spooled === undefined)) await deps.spool.keepAside(entry);
  const known = read.flatMap(({ entry, spooled }): Waiting[] => (spooled === undefined ? [] : [{ entry, spooled }]));
  const wanted = await withoutErased(deps, known);
  const submissions = wanted.flatMap(({ entry, spooled }) =>
    spooled.kind === "submission" ? [{ entry, submission: spooled.submission }] : [],
  );
  await takeIn(deps, await withoutStored(deps, submissions));
  for (const { entry, spooled } of wanted) {
    if (spooled.kind !== "aside") continue;
    await orKeepAside(deps, entry, () =>
      deps.setAside(spooled.request, { id: spooled.id, receivedAt: spooled.arrivedAt }),
    );
  }
}

interface Waiting {
  readonly entry: SpoolEntry;
  readonly spooled: Spooled;
}

interface WaitingSubmission {
  readonly entry: SpoolEntry;
  readonly submission: SpooledSubmission;
}

/** Who was erased while this waited, here or by another process, is not to come back by it. */
async function withoutErased(
  { breaker, lookForErased }: DrainDeps,
  waiting: readonly Waiting[],
): Promise<readonly Waiting[]> {
  const submissions = waiting.flatMap(({ spooled }) => (spooled.kind === "submission" ? [spooled.submission] : []));
  const isErased = await breaker.run(() => lookForErased(submissions.map(({ said }) => said.email)));
  return waiting.filter(
    ({ spooled }) =>
      spooled.kind !== "submission" || !isErased(spooled.submission.said.email, spooled.submission.arrivedAt),
  );
}

/** What was taken in before and not acknowledged, because the process ended in between, or the answer was lost. */
async function withoutStored<One extends WaitingSubmission>(deps: DrainDeps, waiting: readonly One[]): Promise<One[]> {
  const ids = waiting.map(({ submission }) => submission.id);
  const stored = await deps.breaker.run(() => withDatabase(() => findAnswersById(deps.database.prisma, ids)));
  const known = new Set(stored.map(({ id }) => id));
  return waiting.filter(({ submission }) => !known.has(submission.id));
}

/** Together; where that fails by a bug, one by one, so that only the one that met it is held back. */
async function takeIn(deps: DrainDeps, waiting: readonly WaitingSubmission[]): Promise<void> {
  if (waiting.length === 0) return;
  try {
    const results = await deps.accept(waiting.map(({ submission }) => submission));
    for (const [index, result] of results.entries()) {
      if (result instanceof LeadgateError) await quarantine(deps, waiting[index]!, result.publicMessage);
    }
  } catch (error) {
    if (error instanceof LeadgateError) throw error;
    if (waiting.length > 1) {
      for (const one of waiting) await takeIn(deps, [one]);
      return;
    }
    const [left] = await withoutStored(deps, waiting);
    if (left === undefined) return;
    deps.log.error({ err: error, submissionId: left.submission.id }, "a submission of the spool failed");
    await quarantine(deps, left, "It waited in the spool, and taking it in failed; the log has the reason.");
  }
}

function quarantine(deps: DrainDeps, { entry, submission }: WaitingSubmission, reason: string): Promise<void> {
  const { id, arrivedAt, source, channel = "event", identity } = submission;
  const request: AsideRequest = {
    ...{ kind: "no-email", channel, source, identity, contentType: "application/json", reason },
    payload: payloadOf(submission),
  };
  return orKeepAside(deps, entry, () => deps.setAside(request, { id, receivedAt: arrivedAt }));
}

/** As it can be sent again: of an event the payload is what was counted. */
function payloadOf({ payload, event, said, source, occurredAt }: SpooledSubmission): JsonObject {
  if (event === undefined) return payload;
  const at = occurredAt === undefined ? {} : { occurredAt: occurredAt.toISOString() };
  return { ...event, ...at, email: said.fields.emailAsGiven, source };
}

async function orKeepAside(deps: DrainDeps, entry: SpoolEntry, work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof LeadgateError) throw error;
    deps.log.error({ err: error }, "a record of the spool can't even be put into quarantine");
    await deps.spool.keepAside(entry);
  }
}
