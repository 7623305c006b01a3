import type { Queryable } from "./client.ts";
import type { KeptHash } from "./generated/client.ts";

/** What is kept of something that is gone, under its keyed hash. */
export type KeptRecord = KeptHash;

/** Finds what is kept under these hashes. */
export async function findKept(db: Queryable, hashes: readonly string[]): Promise<KeptRecord[]> {
  if (hashes.length === 0) return [];
  return db.keptHash.findMany({ where: { hash: { in: [...hashes] } } });
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
