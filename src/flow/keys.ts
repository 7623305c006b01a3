import { hash, randomBytes, timingSafeEqual } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Database, Queryable } from "../store/client.ts";
import { DatabaseAway } from "../store/database-away.ts";
import { setOnce } from "../store/instance.ts";
import { findKey, findKeys, insertKey, type KeyRecord, revokeKey, touchKey } from "../store/keys.ts";
import type { Place } from "../store/keyset.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import type { Breaker } from "./breaker.ts";
import { oneMore, type Page, page } from "./page.ts";

/** What a key may do: send leads in, read, or everything. */
export const SCOPES = ["ingest", "read", "admin"] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling, once the key was checked. */
export interface Caller {
  readonly name: string;
  readonly scopes: readonly Scope[];
}

/** A key as it is shown in lists: enough for a person to tell it from others, too little to use it. */
export type KeyView = ReturnType<typeof keyView>;

export interface Keys {
  /**
   * Who a key belongs to; undefined when it is unknown or revoked. With the database away a key counts that was seen in
   * the last hour; throws `DatabaseAway` for any other, of which nothing is known.
   */
  identify(key: string): Promise<Caller | undefined>;
  /** Makes the administrator's key of a new instance: the key on the very first call on a database, else undefined. */
  createFirst(): Promise<string | undefined>;
  /** Makes a key, which is told here and never again. */
  create(wanted: { readonly name: string; readonly scopes: readonly Scope[] }): Promise<KeyView & { key: string }>;
  list(query: { readonly after?: Place | undefined; readonly limit: number }): Promise<Page<KeyView>>;
  /**
   * Revokes a key. Once this returns no process takes it any more; said again, it changes nothing. Throws
   * LeadgateError `not-found`, and `conflict` for the last key that could make another.
   */
  revoke(id: string): Promise<void>;
}

/**
 * How long a checked key is believed without another look. Revoking waits as long before it answers, so that no process
 * takes a key after its owner was told that it is gone, and reading stays free of a look for each request.
 */
const FRESH_MS = 250;

/** How long a checked key is believed while the database is away. */
const BELIEVED_MS = 3_600_000;

/** Keys held in memory at most; beyond it the whole memory is dropped, which costs one look each. */
const MAX_REMEMBERED = 10_000;

/** `last_used_at` is moved no oftener, so that reading stays cheap. */
const TOUCH_MS = 60_000;

interface Remembered {
  readonly caller: Caller;
  /** By a clock that only goes forward: setting the system's time must not keep a revoked key alive. */
  readonly checkedMs: number;
}

/**
 * Checks API keys. Only their SHA-256 is stored: keys have 256 random bits, so a slow hash would add nothing
 * (OWASP Password Storage Cheat Sheet speaks of passwords, which people choose).
 *
 * @param adminKey the key of the settings, valid whenever set.
 */
export function createKeys(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly adminKey: string | undefined;
  /** Without it the database is always asked. */
  readonly breaker?: Pick<Breaker, "run">;
}): Keys {
  const { database, clock, breaker = { run: (work) => work() } } = deps;
  let remembered = new Map<string, Remembered>();
  const adminHash = deps.adminKey === undefined ? undefined : sha256(deps.adminKey);
  return {
    async identify(key) {
      const hash = sha256(key);
      if (adminHash !== undefined && equal(hash, adminHash)) return { name: "LEADGATE_ADMIN_KEY", scopes: ["admin"] };
      // A look that a revocation overtakes writes into the memory of before, which nobody reads any more.
      const memory = remembered;
      const startedMs = performance.now();
      const known = memory.get(hash);
      const isWithin = (ms: number) => known !== undefined && startedMs < known.checkedMs + ms;
      if (isWithin(FRESH_MS)) return known?.caller;
      let caller: Caller | undefined;
      try {
        caller = await breaker.run(() => withDatabase(() => lookUp(database.prisma, hash, clock.now())));
      } catch (error) {
        if (error instanceof DatabaseAway && isWithin(BELIEVED_MS)) return known?.caller;
        throw error;
      }
      if (memory.size >= MAX_REMEMBERED) memory.clear();
      if (caller === undefined) memory.delete(hash);
      else memory.set(hash, { caller, checkedMs: startedMs });
      return caller;
    },
    createFirst: () => createFirst(database, clock),
    create: async ({ name, scopes }) => {
      const { key, record } = newKey(name, scopes, clock.now());
      await withDatabase(() => insertKey(database.prisma, record));
      return { ...keyView({ ...record, lastUsedAt: null, revokedAt: null }), key };
    },
    list: async (query) => {
      const rows = await withDatabase(() => findKeys(database.prisma, oneMore(query)));
      return page(rows, query.limit, keyView, ({ createdAt: at, id }) => ({ at, id }));
    },
    async revoke(id) {
      const mayBeLast = adminHash !== undefined;
      const outcome = await inTransaction(database, (db) => revokeKey(db, { id, at: clock.now(), mayBeLast }));
      if (outcome === "unknown") throw new LeadgateError("not-found", "There is no key with this id.");
      if (outcome === "last-admin") throw lastAdmin();
      remembered = new Map();
      // The embedded database has no other process.
      if (database.kind === "postgres") await sleep(FRESH_MS);
    },
  };
}

async function lookUp(db: Queryable, hash: string, now: Date): Promise<Caller | undefined> {
  const record = await findKey(db, hash);
  if (record === null) return undefined;
  const { id, name, scopes, lastUsedAt } = record;
  if (now.getTime() - (lastUsedAt?.getTime() ?? 0) >= TOUCH_MS) await touchKey(db, id, now);
  return { name, scopes: scopes.filter(isScope) };
}

async function createFirst(database: Database, clock: Clock): Promise<string | undefined> {
  const now = clock.now();
  const { key, record } = newKey("administrator", ["admin"], now);
  return inTransaction(database, async (db) => {
    const { wasSet } = await setOnce(db, "first-key-made", now.toISOString());
    if (!wasSet) return undefined;
    await insertKey(db, record);
    return key;
  });
}

function newKey(name: string, scopes: readonly Scope[], createdAt: Date) {
  const key = `lg_${randomBytes(32).toString("base64url")}`;
  const record = {
    id: uuidV7(createdAt.getTime()),
    name,
    hash: sha256(key),
    prefix: key.slice(0, 7),
    lastFour: key.slice(-4),
    scopes: SCOPES.filter((scope) => scopes.includes(scope)) as string[],
    createdAt,
  };
  return { key, record };
}

function keyView({ id, name, scopes, prefix, lastFour, createdAt, lastUsedAt, revokedAt }: Omit<KeyRecord, "hash">) {
  return {
    ...{ id, name, scopes: scopes.filter(isScope), prefix, lastFour },
    createdAt: createdAt.toISOString(),
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

function isScope(scope: string): scope is Scope {
  return (SCOPES as readonly string[]).includes(scope);
}

function lastAdmin(): LeadgateError {
  const message =
    "is the last key with scope admin, without which no other could be made; make another first, or set LEADGATE_ADMIN_KEY";
  return new LeadgateError("conflict", `This ${message}.`, { faults: [{ path: "id", message }] });
}

function sha256(key: string): string {
  return hash("sha256", key);
}

function equal(a: string, b: string): boolean {
  return timingSafeEqual(Buffer.from(a), Buffer.from(b));
}
