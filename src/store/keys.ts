import type { Queryable } from "./client.ts";
import type { ApiKey } from "./generated/client.ts";

export type KeyRecord = ApiKey;

/** The key with this SHA-256 (hexadecimal), unless it was revoked. */
export async function findKey(db: Queryable, hash: string): Promise<KeyRecord | null> {
  return db.apiKey.findFirst({ where: { hash, revokedAt: null } });
}

export async function insertKey(db: Queryable, key: Omit<KeyRecord, "lastUsedAt" | "revokedAt">): Promise<void> {
  await db.apiKey.create({ data: key, select: { id: true } });
}

/** Notes when a key was last used, at most once a minute, so that reading stays cheap. */
export async function touchKey(db: Queryable, id: string, at: Date): Promise<void> {
  const minuteAgo = new Date(at.getTime() - 60_000);
  await db.$executeRaw`
    UPDATE api_keys SET last_used_at = ${at}
    WHERE id = ${id}::uuid AND (last_used_at IS NULL OR last_used_at < ${minuteAgo})`;
}
