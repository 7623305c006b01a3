import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { groupBy } from "../base/group-by.ts";
import type { Log } from "../base/log.ts";
import { inSpan } from "../base/trace.ts";
import type { HookPost, PostOutcome } from "../hook/post.ts";
import { signedHeaders } from "../hook/sign.ts";
import type { Database } from "../store/client.ts";
import { type DeliveryResult, type LeasedDelivery, leaseDeliveries, settleDelivery } from "../store/hook-deliveries.ts";
import { disableHook } from "../store/hooks.ts";
import { inTransaction } from "../store/transaction.ts";

export interface SendHooksDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly log: Log;
  readonly post: HookPost;
}

/** Calls hooks with what waits for them. */
export interface HookSender {
  /** Starts the calls that are due to hooks without a call under way. @returns whether there may be more to start. */
  run(): Promise<{ readonly more: boolean }>;
  /** Waits for the calls under way. */
  idle(): Promise<void>;
}

/** How long after each failed call the next is made (the schedule of Standard Webhooks); after the last none is. */
const RETRY_AFTER_MS = [5_000, 300_000, 1_800_000, 7_200_000, 18_000_000, 36_000_000, 36_000_000];
/** A call takes 15 s at most; a worker not heard of for so long is dead, and the call is made again. */
const LEASE_MS = 60_000;
/** Calls to one hook at once, and to all of them. */
const LIMIT_PER_HOOK = 10;
const LIMIT = 100;
/** How long to wait for a call to end before looking for hooks that have got something in the meantime. */
const LOOK_AGAIN_MS = 200;

/** What a receiver answers that wants to hear no more (Standard Webhooks; Zapier, "REST hooks"). */
const GONE = 410;

/**
 * At least once: a call whose worker dies is made again when its lease runs out, under the same `webhook-id`, by which
 * receivers tell that they had it. A hook that hangs holds back its own deliveries only.
 */
export function createHookSender(deps: SendHooksDeps): HookSender {
  const busy = new Map<string, Promise<void>>();
  return {
    async run() {
      const now = deps.clock.now();
      const until = new Date(now.getTime() + LEASE_MS);
      const options = { now, until, limit: LIMIT, limitPerHook: LIMIT_PER_HOOK, busy: [...busy.keys()] };
      const leased = await inTransaction(deps.database, (db) => leaseDeliveries(db, options));
      for (const [hookId, deliveries] of groupBy(leased, (delivery) => delivery.hookId)) {
        const round = callAll(deps, deliveries).finally(() => busy.delete(hookId));
        busy.set(hookId, round);
      }
      if (busy.size > 0) await firstOf([...busy.values()]);
      return { more: leased.length > 0 };
    },
    async idle() {
      while (busy.size > 0) await Promise.all(busy.values());
    },
  };
}

async function firstOf(rounds: readonly Promise<void>[]): Promise<void> {
  const enough = new AbortController();
  await Promise.race([...rounds, sleep(LOOK_AGAIN_MS, undefined, { signal: enough.signal })]);
  enough.abort();
}

/** Never throws: what could not be settled falls due again with its lease. */
async function callAll(deps: SendHooksDeps, deliveries: readonly LeasedDelivery[]): Promise<void> {
  const calls = deliveries.map((delivery) =>
    inSpan("leadgate.hook", { "leadgate.attempt": delivery.attempts }, () => call(deps, delivery)).catch(
      (error: unknown) => {
        deps.log.error({ err: error, deliveryId: delivery.id }, "a hook's delivery could not be settled");
      },
    ),
  );
  await Promise.all(calls);
}

async function call({ database, clock, post, log }: SendHooksDeps, delivery: LeasedDelivery): Promise<void> {
  const { id, hookId, url, secret, payload: body } = delivery;
  const headers = {
    "content-type": "application/json",
    "user-agent": "Leadgate",
    ...signedHeaders(secret, { id, at: clock.now(), body }),
  };
  const outcome = await post({ url, headers, body });
  const at = clock.now();
  await inTransaction(database, async (db) => {
    await settleDelivery(db, delivery, resultOf(outcome, delivery.attempts, at), at);
    if (outcome.kind === "answered" && outcome.status === GONE) {
      await disableHook(db, { id: hookId, reason: "its receiver answered 410 (gone)", at });
      log.warn({ hookId }, "a hook was disabled: its receiver answered 410 (gone)");
    }
  });
}

function resultOf(outcome: PostOutcome, attempts: number, at: Date): DeliveryResult {
  const responseStatus = outcome.kind === "answered" ? outcome.status : null;
  if (outcome.kind === "answered" && outcome.status >= 200 && outcome.status < 300) {
    return { status: "delivered", responseStatus, reason: null };
  }
  const reason = outcome.kind === "failed" ? outcome.reason : refusalOf(outcome.status);
  const waitMs = responseStatus === GONE ? undefined : RETRY_AFTER_MS[attempts - 1];
  if (waitMs === undefined) return { status: "failed", responseStatus, reason };
  return { status: "pending", responseStatus, reason, dueAt: new Date(at.getTime() + waitMs) };
}

function refusalOf(status: number): string {
  if (status === GONE) return "the receiver answered 410 (gone)";
  const redirect = status >= 300 && status < 400;
  return redirect ? `the receiver answered ${status}; redirects are not followed` : `the receiver answered ${status}`;
}
