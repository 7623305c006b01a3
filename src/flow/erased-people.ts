import type { Database, Queryable } from "../store/client.ts";
import { findKept, keepHashes } from "../store/kept-hashes.ts";
import { withDatabase } from "../store/transaction.ts";
import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";

/** Tells of addresses whether one was erased at this time or later. */
export type LookForErased = (addresses: readonly string[]) => Promise<(address: string, arrivedAt: Date) => boolean>;

/**
 * How long it is kept, under a keyed hash, that an address was erased. What was sent before the erasure and still waits
 * in the spool of another process is not to bring the person back; no spool waits longer than its process is away.
 */
export const ERASURE_KEPT_MS = 30 * 86_400_000;

/** Keeps that addresses were erased, for what of them may still wait in a spool. */
export async function keepErasure(
  db: Queryable,
  { hash, addresses, now }: { readonly hash: KeyedHash; readonly addresses: readonly string[]; readonly now: Date },
): Promise<void> {
  const records = [...new Set(addresses)].map((address) => ({
    ...{ hash: hash("erased", address), kind: "address", submissionId: null, contentHash: null },
    ...{ receivedAt: now, keptAt: now },
  }));
  await keepHashes(db, records);
}

export function createLookForErased(database: Database): LookForErased {
  const keyedHash = createKeyedHash(database);
  return async (addresses) => {
    const hash = await withDatabase(keyedHash);
    const hashes = [...new Set(addresses)].map((address) => hash("erased", address));
    const kept = await withDatabase(() => findKept(database.prisma, hashes));
    const erasedAt = new Map(kept.map((record) => [record.hash, record.receivedAt]));
    return (address, arrivedAt) => {
      const at = erasedAt.get(hash("erased", address));
      return at != null && arrivedAt.getTime() <= at.getTime();
    };
  };
}
