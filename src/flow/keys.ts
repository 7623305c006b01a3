import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Database, Queryable } from "../store/client.ts";
import { setOnce } from "../store/instance.ts";
import { findKey, insertKey, touchKey } from "../store/keys.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";

/** What a key may do: send leads in, read, or everything. */
export const SCOPES = ["ingest", "read", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling, once the key was checked. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

export interface Keys {
  /** Who a key belongs to; undefined when it is unknown or revoked. */
  identify(key: string): Promise<Caller | undefined>;
  /** Makes the administrator's key of a new instance: the key on the very first call on a database, else undefined. */
  createFirst(): Promise<string | undefined>;
}

/** How long a checked key is believed without another look: a revocation reaches other processes within this time. */
const FRESH_MS = 1_000;

/** Keys held in memory at most; beyond it the whole memory is dropped, which costs one look each. */
const MAX_REMEMBERED = 10_000;

interface Remembered {
  readonly caller: Caller;
  readonly until: number;
}

/**
 * Checks API keys. Only their SHA-256 is stored: keys have 256 random bits, so a slow hash would add nothing
 * (OWASP Password Storage Cheat Sheet speaks of passwords, which people choose).
 *
 * @param adminKey the key of the settings, valid whenever set.
 */
export function createKeys(deps: { database: Database; clock: Clock; adminKey: string | undefined }): Keys {
  const { database, clock } = deps;
  const remembered = new Map<string, Remembered>();
  const adminHash = deps.adminKey === undefined ? undefined : sha256(deps.adminKey);
  return {
    async identify(key) {
      const hash = sha256(key);
      if (adminHash !== undefined && equal(hash, adminHash)) return { name: "LEADGATE_ADMIN_KEY", scopes: ["admin"] };
      const now = clock.now();
      const known = remembered.get(hash);
      if (known !== undefined && known.until > now.getTime()) return known.caller;
      const caller = await withDatabase(() => lookUp(database.prisma, hash, now));
      if (caller === undefined) {
        remembered.delete(hash);
        return undefined;
      }
      if (remembered.size >= MAX_REMEMBERED) remembered.clear();
      remembered.set(hash, { caller, until: now.getTime() + FRESH_MS });
      return caller;
    },
    createFirst: () => createFirst(database, clock),
  };
}

async function lookUp(db: Queryable, hash: string, now: Date): Promise<Caller | undefined> {
  const record = await findKey(db, hash);
  if (record === null) return undefined;
  await touchKey(db, record.id, now);
  return { name: record.name, scopes: record.scopes.filter((scope): scope is Scope => SCOPES.includes(scope as Scope)) };
}

async function createFirst(database: Database, clock: Clock): Promise<string | undefined> {
  const key = `lg_${randomBytes(32).toString("base64url")}`;
  const now = clock.now();
  return inTransaction(database, async (db) => {
    const { wasSet } = await setOnce(db, "first-key-made", now.toISOString());
    if (!wasSet) return undefined;
    await insertKey(db, {
      id: uuidV7(now.getTime()),
      name: "administrator",
      hash: sha256(key),
      prefix: key.slice(0, 7),
      lastFour: key.slice(-4),
      scopes: ["admin"],
      createdAt: now,
    });
    return key;
  });
}

function sha256(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
