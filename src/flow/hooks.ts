import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import { newHookSecret } from "../hook/sign.ts";
import { checkTarget, type TargetPolicy } from "../hook/target.ts";
import type { Database } from "../store/client.ts";
import { type DeliverySummary, findDeliveries, findDelivery, queueDeliveries } from "../store/hook-deliveries.ts";
import { deleteHook, findHook, findHooks, type HookRecord, insertHook } from "../store/hooks.ts";
import type { Place } from "../store/keyset.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import { bodyOf, type HookEvent } from "./hook-events.ts";
import { oneMore, page } from "./page.ts";

export interface HooksDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly targets: TargetPolicy;
  /** Told that there is something to deliver. */
  readonly onQueued?: () => void;
}

interface ListQuery {
  readonly after?: Place | undefined;
  readonly limit: number;
}

export type Hooks = ReturnType<typeof createHooks>;

/** REST hooks: addresses of other programs, made and unmade by them, that are told of what happens. */
export function createHooks({ database, clock, targets, onQueued }: HooksDeps) {
  const { prisma } = database;
  const existing = async (id: string): Promise<HookRecord> => {
    const hook = await withDatabase(() => findHook(prisma, id));
    if (hook === null) throw new LeadgateError("not-found", NO_HOOK);
    return hook;
  };
  return {
    /** Makes a hook; its secret is told here and never again. Throws LeadgateError `invalid-field` for a bad address. */
    async register({ url, events }: { url: string; events: readonly HookEvent[] }) {
      const target = await checkTarget(url, targets);
      const createdAt = clock.now();
      const secret = newHookSecret();
      const hook = {
        id: uuidV7(createdAt.getTime()),
        url: target.href,
        events: [...new Set(events)],
        secret,
        createdAt,
      };
      await inTransaction(database, (db) => insertHook(db, hook));
      return { ...hookView({ ...hook, disabledAt: null, disabledReason: null }), secret };
    },
    async list(query: ListQuery) {
      const rows = await withDatabase(() => findHooks(prisma, oneMore(query)));
      return page(rows, query.limit, hookView, ({ createdAt: at, id }) => ({ at, id }));
    },
    /** Unmakes a hook, and forgets what waits for it; said again, it does nothing. */
    async remove(id: string): Promise<void> {
      await inTransaction(database, (db) => deleteHook(db, id));
    },
    /** Queues a call to one hook that is about nothing. Throws LeadgateError `not-found`, `conflict` when it is disabled. */
    async test(id: string) {
      const delivery = await queueTest(database, await existing(id), clock.now());
      onQueued?.();
      return deliveryView(delivery);
    },
    async deliveries({ hookId, ...query }: ListQuery & { readonly hookId: string }) {
      await existing(hookId);
      const rows = await withDatabase(() => findDeliveries(prisma, { hookId, ...oneMore(query) }));
      return page(rows, query.limit, deliveryView, ({ createdAt: at, id }) => ({ at, id }));
    },
  };
}

async function queueTest(database: Database, hook: HookRecord, at: Date): Promise<DeliverySummary> {
  if (hook.disabledAt !== null) {
    const why = `This hook is disabled: ${hook.disabledReason}. Delete it and register it anew.`;
    throw new LeadgateError("conflict", why);
  }
  const cause = uuidV7(at.getTime());
  const event = "hook.test";
  const occurrence = { event, cause, leadId: null, payload: bodyOf(event, at, { hookId: hook.id }) };
  return inTransaction(database, async (db) => {
    await queueDeliveries(db, [occurrence], { now: at, onlyHook: hook.id });
    const delivery = await findDelivery(db, { hookId: hook.id, event, cause });
    // Deleted in the meantime.
    if (delivery === null) throw new LeadgateError("not-found", NO_HOOK);
    return delivery;
  });
}

const NO_HOOK = "There is no hook with this id.";

function hookView({ id, url, events, createdAt, disabledAt, disabledReason }: HookRecord | Omit<HookRecord, "secret">) {
  return {
    id,
    url,
    events: events as HookEvent[],
    createdAt: createdAt.toISOString(),
    disabledAt: disabledAt?.toISOString() ?? null,
    disabledReason,
  };
}

function deliveryView(delivery: DeliverySummary) {
  const { id, hookId, event, status, attempts, responseStatus, reason, createdAt, dueAt, deliveredAt } = delivery;
  return {
    ...{ id, hookId, event, status, attempts, responseStatus, reason },
    createdAt: createdAt.toISOString(),
    nextAttemptAt: status === "pending" ? dueAt.toISOString() : null,
    deliveredAt: deliveredAt?.toISOString() ?? null,
  };
}
