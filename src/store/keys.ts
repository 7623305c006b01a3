import type { Queryable } from "./client.ts";
import type { ApiKey } from "./generated/client.ts";
import { after, orderBy, type Place, where } from "./keyset.ts";

export type KeyRecord = ApiKey;

/** The key with this SHA-256 (hexadecimal), unless it was revoked. */
export async function findKey(db: Queryable, hash: string): Promise<KeyRecord | null> {
  return db.apiKey.findFirst({ where: { hash, revokedAt: null } });
}

export async function insertKey(db: Queryable, key: Omit<KeyRecord, "lastUsedAt" | "revokedAt">): Promise<void> {
  await db.apiKey.create({ data: key, select: { id: true } });
}

/** Notes when a key was last used; a later use noted meanwhile stands. */
export async function touchKey(db: Queryable, id: string, at: Date): Promise<void> {
  await db.$executeRaw`
    UPDATE api_keys SET last_used_at = ${at}
    WHERE id = ${id}::uuid AND (last_used_at IS NULL OR last_used_at < ${at})`;
}

/** Finds keys, revoked ones too, newest first. */
export async function findKeys(
  db: Queryable,
  query: { readonly after?: Place | undefined; readonly limit: number },
): Promise<KeyRecord[]> {
  return db.$queryRaw`
    SELECT id, name, hash, prefix, last_four AS "lastFour", scopes, created_at AS "createdAt",
      last_used_at AS "lastUsedAt", revoked_at AS "revokedAt"
    FROM api_keys
    ${where(after(["created_at", "id"], query.after, true))}
    ${orderBy(["created_at", "id"], true)}
    LIMIT ${query.limit}`;
}

/**
 * Revokes a key. All keys with scope `admin` are locked first, so that two of them can't revoke each other at once.
 *
 * @param mayBeLast whether it may be the last one with that scope.
 */
export async function revokeKey(
  db: Queryable,
  { id, at, mayBeLast }: { readonly id: string; readonly at: Date; readonly mayBeLast: boolean },
): Promise<"revoked" | "unknown" | "last-admin"> {
  const admins = await db.$queryRaw<{ id: string }[]>`
    SELECT id FROM api_keys WHERE 'admin' = ANY (scopes) AND revoked_at IS NULL ORDER BY id FOR UPDATE`;
  const key = await db.apiKey.findUnique({ where: { id } });
  if (key === null) return "unknown";
  if (key.revokedAt !== null) return "revoked";
  if (!mayBeLast && admins.length === 1 && admins[0]!.id === id) return "last-admin";
  await db.apiKey.update({ where: { id }, data: { revokedAt: at }, select: { id: true } });
  return "revoked";
}
