import { uuidV7 } from "../base/ids.ts";
import type { Queryable } from "./client.ts";
import type { HookDelivery } from "./generated/client.ts";
import { after, orderBy, type Place, sql, where } from "./keyset.ts";

/** Something hooks are to be told. */
export interface Occurrence {
  readonly event: string;
  /** The submission, message or change it is due to: one delivery to a hook for each. */
  readonly cause: string;
  readonly leadId: string | null;
  /** The body as it is sent. */
  readonly payload: string;
}

/** Whether any hook is to be told anything at all. */
export async function hasHooks(db: Queryable): Promise<boolean> {
  const [row] = await db.$queryRaw<{ any: boolean }[]>`
    SELECT EXISTS (SELECT 1 FROM hooks WHERE disabled_at IS NULL) AS "any"`;
  return row!.any;
}

/**
 * Queues one delivery of each occurrence to each hook that listens to its event, or to one hook alone. The hooks are
 * locked against deletion until the transaction ends; said again, an occurrence is queued no second time.
 *
 * @returns how many deliveries were queued.
 */
export async function queueDeliveries(
  db: Queryable,
  occurrences: readonly Occurrence[],
  { now, onlyHook }: { readonly now: Date; readonly onlyHook?: string },
): Promise<number> {
  if (occurrences.length === 0) return 0;
  const hooks = await db.$queryRaw<{ id: string; events: string[] }[]>`
    SELECT id, events FROM hooks WHERE disabled_at IS NULL ORDER BY id FOR KEY SHARE`;
  const rows = occurrences.flatMap((occurrence) =>
    hooks
      .filter(({ id, events }) => (onlyHook === undefined ? events.includes(occurrence.event) : id === onlyHook))
      .map((hook) => ({ ...occurrence, id: uuidV7(now.getTime()), hookId: hook.id })),
  );
  if (rows.length === 0) return 0;
  return db.$executeRaw`
    INSERT INTO hook_deliveries (id, hook_id, event, cause, lead_id, payload, due_at, created_at, updated_at)
    SELECT id, "hookId", event, cause, "leadId", payload, ${now}, ${now}, ${now}
    FROM json_to_recordset(${JSON.stringify(rows)}::json) AS d (
      id uuid, "hookId" uuid, event text, cause uuid, "leadId" uuid, payload text)
    ON CONFLICT (hook_id, event, cause) DO NOTHING`;
}

/** The right to make one call and to settle it: good for as long as the row has this number. */
export interface LeasedDelivery {
  readonly id: string;
  readonly fence: number;
  readonly hookId: string;
  readonly event: string;
  readonly payload: string;
  /** Calls made, this one included. */
  readonly attempts: number;
  readonly url: string;
  readonly secret: string;
}

/**
 * Takes deliveries that are due, at most a few of each hook, so that a hook with a long queue holds back no other, and
 * leaving out those another worker holds.
 *
 * @param busy hooks to leave alone.
 */
export async function leaseDeliveries(
  db: Queryable,
  options: { now: Date; until: Date; limit: number; limitPerHook: number; busy: readonly string[] },
): Promise<LeasedDelivery[]> {
  const { now, until, limit, limitPerHook, busy } = options;
  return db.$queryRaw`
    WITH due AS (
      SELECT next.id, hooks.url, hooks.secret FROM hooks
      CROSS JOIN LATERAL (
        SELECT id FROM hook_deliveries
        WHERE hook_id = hooks.id AND status = 'pending' AND due_at <= ${now}
        ORDER BY due_at, id LIMIT ${limitPerHook} FOR UPDATE SKIP LOCKED
      ) next
      WHERE disabled_at IS NULL AND NOT hooks.id = ANY (${busy}::uuid[])
      LIMIT ${limit}
    )
    UPDATE hook_deliveries d SET due_at = ${until}, fence = fence + 1, attempts = attempts + 1, updated_at = ${now}
    FROM due WHERE d.id = due.id
    RETURNING d.id, d.fence, d.hook_id AS "hookId", d.event, d.payload, d.attempts, due.url, due.secret`;
}

/** What came of a call. */
export interface DeliveryResult {
  readonly status: "delivered" | "failed" | "pending";
  readonly responseStatus: number | null;
  readonly reason: string | null;
  /** When to try again; of `pending` alone. */
  readonly dueAt?: Date;
}

/** Writes what came of a call, unless another worker has taken the delivery since, or it was cancelled. */
export async function settleDelivery(
  db: Queryable,
  { id, fence }: Pick<LeasedDelivery, "id" | "fence">,
  { status, responseStatus, reason, dueAt = undefined }: DeliveryResult,
  at: Date,
): Promise<boolean> {
  const deliveredAt = status === "delivered" ? at : null;
  const { count } = await db.hookDelivery.updateMany({
    where: { id, fence, status: "pending" },
    data: { status, responseStatus, reason, updatedAt: at, deliveredAt, ...(dueAt !== undefined && { dueAt }) },
  });
  return count > 0;
}

/** A delivery without its body. */
export type DeliverySummary = Omit<HookDelivery, "payload" | "fence" | "leadId" | "updatedAt" | "cause">;

/** Finds what a hook was told or is to be told, newest first. */
export async function findDeliveries(
  db: Queryable,
  query: { readonly hookId: string; readonly after?: Place | undefined; readonly limit: number },
): Promise<DeliverySummary[]> {
  const conditions = [sql`hook_id = ${query.hookId}::uuid`];
  return db.$queryRaw`
    SELECT id, hook_id AS "hookId", event, status, attempts, due_at AS "dueAt", response_status AS "responseStatus",
      reason, created_at AS "createdAt", delivered_at AS "deliveredAt"
    FROM hook_deliveries
    ${where([...conditions, ...after(["created_at", "id"], query.after, true)])}
    ${orderBy(["created_at", "id"], true)}
    LIMIT ${query.limit}`;
}

/** What a hook is told because of a cause. */
export async function findDelivery(
  db: Queryable,
  place: { readonly hookId: string; readonly event: string; readonly cause: string },
): Promise<DeliverySummary | null> {
  return db.hookDelivery.findUnique({ where: { hookId_event_cause: place } });
}

/** Deletes deliveries that ended before a moment: their bodies hold people's data. */
export async function pruneDeliveries(db: Queryable, endedBefore: Date): Promise<void> {
  await db.$executeRaw`DELETE FROM hook_deliveries WHERE status <> 'pending' AND updated_at < ${endedBefore}`;
}
