import type { Queryable } from "./client.ts";
import type { Hook } from "./generated/client.ts";
import { after, orderBy, type Place, where } from "./keyset.ts";

/** An address that is told of events. */
export type HookRecord = Hook;

export async function insertHook(
  db: Queryable,
  hook: Omit<HookRecord, "disabledAt" | "disabledReason">,
): Promise<void> {
  await db.hook.create({ data: hook, select: { id: true } });
}

export async function findHook(db: Queryable, id: string): Promise<HookRecord | null> {
  return db.hook.findUnique({ where: { id } });
}

/** Finds hooks, newest first. */
export async function findHooks(
  db: Queryable,
  query: { readonly after?: Place | undefined; readonly limit: number },
): Promise<HookRecord[]> {
  return db.$queryRaw`
    SELECT id, url, events, secret, created_at AS "createdAt", disabled_at AS "disabledAt",
      disabled_reason AS "disabledReason"
    FROM hooks ${where(after(["created_at", "id"], query.after, true))} ${orderBy(["created_at", "id"], true)}
    LIMIT ${query.limit}`;
}

/** Deletes a hook and the log of what it was told; does nothing where there is none. */
export async function deleteHook(db: Queryable, id: string): Promise<void> {
  await db.hook.deleteMany({ where: { id } });
}

/** Tells a hook nothing more, what waits for it included. */
export async function disableHook(
  db: Queryable,
  { id, reason, at }: { readonly id: string; readonly reason: string; readonly at: Date },
): Promise<void> {
  await db.$executeRaw`
    WITH disabled AS (
      UPDATE hooks SET disabled_at = ${at}, disabled_reason = ${reason}
      WHERE id = ${id}::uuid AND disabled_at IS NULL
    )
    UPDATE hook_deliveries SET status = 'cancelled', reason = ${reason}, updated_at = ${at}
    WHERE hook_id = ${id}::uuid AND status = 'pending'`;
}
