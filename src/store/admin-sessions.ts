import type { Queryable } from "./client.ts";

/** A session of the page for people, and the key it stands on. */
export interface SessionRecord {
  /** SHA-256 of the key it was made with, hexadecimal. */
  readonly keyHash: string;
  readonly createdAt: Date;
  readonly seenAt: Date;
  /** Of the key, as it is stored now; null where no such key is stored, or it was revoked. */
  readonly keyName: string | null;
  readonly scopes: readonly string[] | null;
}

export async function insertSession(
  db: Queryable,
  session: { readonly tokenHash: string; readonly keyHash: string; readonly at: Date },
): Promise<void> {
  const { tokenHash, keyHash, at } = session;
  await db.adminSession.create({
    data: { tokenHash, keyHash, createdAt: at, seenAt: at },
    select: { tokenHash: true },
  });
}

/** The session with this token's SHA-256 (hexadecimal). */
export async function findSession(db: Queryable, tokenHash: string): Promise<SessionRecord | undefined> {
  const [session] = await db.$queryRaw<SessionRecord[]>`
    SELECT s.key_hash AS "keyHash", s.created_at AS "createdAt", s.seen_at AS "seenAt", k.name AS "keyName", k.scopes
    FROM admin_sessions s LEFT JOIN api_keys k ON k.hash = s.key_hash AND k.revoked_at IS NULL
    WHERE s.token_hash = ${tokenHash}`;
  return session;
}

/** Notes when a session was last used; a later use noted meanwhile stands. */
export async function touchSession(db: Queryable, tokenHash: string, at: Date): Promise<void> {
  await db.adminSession.updateMany({ where: { tokenHash, seenAt: { lt: at } }, data: { seenAt: at } });
}

export async function deleteSession(db: Queryable, tokenHash: string): Promise<void> {
  await db.adminSession.deleteMany({ where: { tokenHash } });
}

/** Deletes sessions that are over by either bound. */
export async function pruneSessions(
  db: Queryable,
  over: { readonly seenUntil: Date; readonly createdUntil: Date },
): Promise<void> {
  const { seenUntil, createdUntil } = over;
  await db.adminSession.deleteMany({
    where: { OR: [{ seenAt: { lte: seenUntil } }, { createdAt: { lte: createdUntil } }] },
  });
}
