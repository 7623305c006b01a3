import type { Queryable } from "./client.ts";
import type { KeptHash } from "./generated/client.ts";

/** What is kept of something that is gone, under its keyed hash. */
export type KeptRecord = KeptHash;

/** Finds what is kept under these hashes. */
export async function findKept(db: Queryable, hashes: readonly string[]): Promise<KeptRecord[]> {
  if (hashes.length === 0) return [];
  return db.keptHash.findMany({ where: { hash: { in: [...hashes] } } });
}

/** A hash that must not be kept, or only with an older time of receipt. */
export interface Absent {
  readonly hash: string;
  readonly after: Date | null;
}

/** Whether any of these hashes is kept. */
export async function hasKept(db: Queryable, absent: readonly Absent[]): Promise<boolean> {
  const [found] = await db.$queryRaw<{ kept: boolean }[]>`
    SELECT EXISTS (
      SELECT 1 FROM json_to_recordset(${JSON.stringify(absent)}::json) AS a (hash text, after timestamptz)
      JOIN kept_hashes ON kept_hashes.hash = a.hash
      WHERE a.after IS NULL OR kept_hashes.received_at > a.after) AS kept`;
  return found!.kept;
}

/** Keeps hashes, at most one record for each; the latest stands. */
export async function keepHashes(db: Queryable, records: readonly KeptRecord[]): Promise<void> {
  if (records.length === 0) return;
  await db.$executeRaw`
    INSERT INTO kept_hashes (hash, kind, submission_id, content_hash, received_at, kept_at)
    SELECT hash, kind, "submissionId", "contentHash", "receivedAt", "keptAt"
    FROM json_to_recordset(${JSON.stringify(records)}::json) AS kept (
      hash text, kind text, "submissionId" uuid, "contentHash" text, "receivedAt" timestamptz, "keptAt" timestamptz)
    ORDER BY hash
    ON CONFLICT (hash) DO UPDATE SET submission_id = EXCLUDED.submission_id, content_hash = EXCLUDED.content_hash,
      received_at = EXCLUDED.received_at, kept_at = EXCLUDED.kept_at`;
}

/** Forgets a hash: the address may be mailed again. */
export async function dropKept(db: Queryable, hash: string): Promise<void> {
  await db.keptHash.deleteMany({ where: { hash } });
}

/** Forgets that addresses were erased before this. Of an address that wants no mail no time of receipt is kept. */
export async function pruneErasures(db: Queryable, before: Date): Promise<void> {
  await db.keptHash.deleteMany({ where: { kind: "address", receivedAt: { lt: before } } });
}
