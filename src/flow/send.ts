import { performance } from "node:perf_hooks";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { inSpan } from "../base/trace.ts";
import { retryDelayMs } from "../lead/backoff.ts";
import type { Mailer, MailOutcome } from "../mail/mailer.ts";
import { pause, resume } from "../store/mail-pauses.ts";
import { type CallResult, type SettledCall, settleCalls } from "../store/outbox.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import { type Call, type DepartDeps, depart, PROBE_EVERY_MS, PROVIDER } from "./depart.ts";
import { createGather } from "./gather.ts";
import { tellOfSent } from "./hook-events.ts";

export interface SendDeps extends DepartDeps {
  readonly clock: Clock;
  readonly mailer: Mailer;
  /** Calls under way at once at most. */
  readonly concurrency: number;
  /** How much longer than a call can take its lease lasts; for tests. */
  readonly leaseMarginMs?: number | undefined;
}

/** Calls the mail provider for follow-ups that are due. */
export interface Sender {
  /** Starts as many calls as there is room for, waiting for room first. @returns how many it took, and whether more may be due. */
  run(): Promise<{ readonly taken: number; readonly more: boolean }>;
  /** Waits for the calls under way. */
  idle(): Promise<void>;
  /** Starts no more, and waits for the calls under way. */
  stop(): Promise<void>;
}

/** Time to settle what came of a call, and for clocks of two processes to differ. */
const LEASE_MARGIN_MS = 15_000;
/** A database that is away for a moment must not make a mail uncertain whose fate is known. */
const SETTLE_AGAIN_AFTER_MS = [200, 1_000, 3_000];

/**
 * At most one accepted call for a follow-up: it is marked `sending` and committed before the call, under a number that
 * no other lease of it has; what came of the call is written under that number only. Whoever dies in between leaves
 * `sending` behind, which becomes `uncertain` when the lease runs out (`expireLeases`) and is never queued by itself.
 */
export function createSender(deps: SendDeps): Sender {
  const { clock, concurrency, mailer, log } = deps;
  const leaseMs = mailer.timeoutMs + (deps.leaseMarginMs ?? LEASE_MARGIN_MS);
  const underWay = new Set<Promise<void>>();
  const settleCall = createGather((calls: readonly SettledCall[]) => settleTogether(deps, calls), concurrency);
  let stopping = false;
  let formsFullUntil = new Date(0);
  const idle = async () => {
    while (underWay.size > 0) await Promise.all(underWay);
  };
  const start = (call: Call, probe: boolean, deadline: Deadline) => {
    const attributes = { "leadgate.attempt": call.attempts };
    const made = inSpan("leadgate.deliver", attributes, () => makeCall({ ...deps, settleCall }, call, probe, deadline))
      .catch((error: unknown) => log.error({ err: error, messageId: call.lease.id }, "a call could not be settled"))
      .finally(() => underWay.delete(made));
    underWay.add(made);
  };
  return {
    idle,
    async run() {
      // Taking one for each that ends would be a transaction for each; one slow call holds up no more than its own place.
      while (underWay.size > concurrency / 2) await Promise.race(underWay);
      if (stopping) return { taken: 0, more: false };
      const now = clock.now();
      const deadline = deadlineIn(leaseMs - mailer.timeoutMs, now);
      const departed = await depart(deps, {
        now,
        until: new Date(now.getTime() + leaseMs),
        limit: concurrency - underWay.size,
        withoutForms: now < formsFullUntil,
      });
      if (departed.formsFullUntil !== undefined) {
        formsFullUntil = departed.formsFullUntil;
        log.warn({ until: formsFullUntil }, "FORM_MAIL_MAX_PER_HOUR is reached; mail caused by forms waits");
      }
      for (const call of departed.calls) start(call, departed.probe, deadline);
      return { taken: departed.taken, more: departed.more };
    },
    async stop() {
      stopping = true;
      await idle();
    },
  };
}

/** The last moment at which a call may begin and still end within its lease. */
interface Deadline {
  readonly at: number;
  /** By the clock that no one can set, and that goes on while a process is stopped. */
  readonly monotonicAt: number;
}

function deadlineIn(ms: number, now: Date): Deadline {
  return { at: now.getTime() + ms, monotonicAt: performance.now() + ms };
}

interface CallDeps extends SendDeps {
  /** Writes what came of a call, with others that end meanwhile. @returns whether the row took it. */
  readonly settleCall: (call: SettledCall) => Promise<boolean>;
}

function settleTogether({ database, clock }: SendDeps, calls: readonly SettledCall[]): Promise<boolean[]> {
  return inTransaction(database, async (db) => {
    const at = clock.now();
    const taken = await settleCalls(db, calls, at);
    const sent = calls.filter(({ lease, result }) => result.status === "sent" && taken.has(lease.id));
    await tellOfSent(
      db,
      sent.map(({ lease }) => lease.id),
      at,
    );
    return calls.map(({ lease }) => taken.has(lease.id));
  });
}

async function makeCall(deps: CallDeps, call: Call, probe: boolean, deadline: Deadline): Promise<void> {
  const late = deps.clock.now().getTime() >= deadline.at || performance.now() >= deadline.monotonicAt;
  const outcome: MailOutcome = late ? { kind: "unavailable", reason: TOO_LATE } : await callMailer(deps, call);
  const at = deps.clock.now();
  if (outcome.kind === "paused") {
    deps.log.error({ reason: outcome.reason }, "SendGrid refuses us; sending is paused");
    const probeAt = new Date(at.getTime() + PROBE_EVERY_MS);
    await patiently(() => pause(deps.database.prisma, { provider: PROVIDER, reason: outcome.reason, at, probeAt }));
  }
  const result = resultOf(outcome, call, at);
  const taken = await patiently(() => deps.settleCall({ lease: call.lease, result }));
  if (!taken)
    deps.log.warn({ messageId: call.lease.id, outcome: outcome.kind }, "a call came back after its row moved on");
  if (probe && (outcome.kind === "accepted" || outcome.kind === "rejected")) {
    if (await patiently(() => resume(deps.database.prisma, PROVIDER))) deps.log.info("SendGrid takes mail again");
  }
}

const TOO_LATE = "this process was held up; the call was not made";

/** A bug in the mailer may strike after something was written: what came of the call is not known then either. */
async function callMailer({ mailer, log }: SendDeps, { mail, lease }: Call): Promise<MailOutcome> {
  try {
    return await mailer.send(mail);
  } catch (error) {
    log.error({ err: error, messageId: lease.id }, "the mailer broke down");
    return { kind: "unknown", reason: "a fault in Leadgate during the call; see the log" };
  }
}

function resultOf(outcome: MailOutcome, call: Call, at: Date): CallResult {
  switch (outcome.kind) {
    case "accepted":
      return { status: "sent", reason: outcome.note ?? call.reason, providerMessageId: outcome.providerMessageId };
    case "rejected":
      return { status: "failed", reason: outcome.reason };
    case "unknown":
      return { status: "uncertain", reason: outcome.reason };
    case "paused":
      return { status: "queued", reason: outcome.reason };
    case "unavailable": {
      const waitMs = retryDelayMs(call.attempts, Math.random, outcome.retryAfterSeconds);
      return { status: "queued", reason: outcome.reason, dueAt: new Date(at.getTime() + waitMs) };
    }
  }
}

async function patiently<Result>(work: () => Promise<Result>): Promise<Result> {
  for (const waitMs of SETTLE_AGAIN_AFTER_MS) {
    try {
      return await withDatabase(work);
    } catch (error) {
      if (!(error instanceof LeadgateError) || error.kind !== "unavailable") throw error;
      await sleep(waitMs);
    }
  }
  return withDatabase(work);
}
