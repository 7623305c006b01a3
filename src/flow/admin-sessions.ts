import { createHash, randomBytes } from "node:crypto";
import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import {
  deleteSession,
  findSession,
  insertSession,
  pruneSessions,
  type SessionRecord,
  touchSession,
} from "../store/admin-sessions.ts";
import type { Database } from "../store/client.ts";
import { withDatabase } from "../store/transaction.ts";
import { type Caller, type Keys, SCOPES, type Scope } from "./keys.ts";

/** Who is signed in to the page for people, and until when at most. */
export interface Session extends Caller {
  readonly endsAt: Date;
}

export interface AdminSessions {
  /**
   * Signs in with a key. Throws LeadgateError `unauthorized` for an unknown or revoked one, `forbidden` for one that
   * only sends leads in.
   *
   * @returns the token, told here and never again.
   */
  open(key: string): Promise<{ readonly token: string; readonly session: Session }>;
  /** Who a token belongs to; undefined when the session is over, was ended, or its key was revoked. */
  find(token: string, options?: { readonly touch?: boolean }): Promise<Session | undefined>;
  /** Signs out; said again, it does nothing. */
  close(token: string): Promise<void>;
  /** Forgets sessions that are over. */
  prune(): Promise<void>;
}

/** A session that is not used ends after an hour, and any after a working day. */
const IDLE_MS = 3_600_000;
const LONGEST_MS = 8 * 3_600_000;
/** A session's last use is noted no oftener, so that looking around stays reading. */
const TOUCH_MS = 60_000;

/**
 * Sessions of the page for people. A token is 256 random bits, of which only the SHA-256 is stored, beside that of the
 * key: each use looks whether that key is still good, so that revoking it ends its sessions at once in every process.
 *
 * @param deps.adminKey the key of the settings, valid whenever set.
 */
export function createAdminSessions(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly keys: Keys;
  readonly adminKey: string | undefined;
}): AdminSessions {
  const { database, clock, keys } = deps;
  const { prisma } = database;
  const adminHash = deps.adminKey === undefined ? undefined : sha256(deps.adminKey);
  return {
    async open(key) {
      const caller = await keys.identify(key);
      if (caller === undefined) throw refusal("unauthorized", "is not known, or was revoked; check that it is whole");
      if (!caller.scopes.some((scope) => scope !== "ingest")) {
        throw refusal("forbidden", "only sends leads in; sign in with one that has the scope admin or read");
      }
      const token = randomBytes(32).toString("base64url");
      const at = clock.now();
      await withDatabase(() => insertSession(prisma, { tokenHash: sha256(token), keyHash: sha256(key), at }));
      return { token, session: { ...caller, endsAt: endOf(at) } };
    },
    async find(token, { touch = true } = {}) {
      const tokenHash = sha256(token);
      const now = clock.now();
      const record = await withDatabase(() => findSession(prisma, tokenHash));
      if (record === undefined || isOver(record, now)) return undefined;
      const caller = record.keyHash === adminHash ? SETTINGS_CALLER : callerOf(record);
      if (caller === undefined) return undefined;
      if (touch && now.getTime() - record.seenAt.getTime() >= TOUCH_MS) {
        await withDatabase(() => touchSession(prisma, tokenHash, now));
      }
      return { ...caller, endsAt: endOf(record.createdAt) };
    },
    close: (token) => withDatabase(() => deleteSession(prisma, sha256(token))),
    async prune() {
      const now = clock.now().getTime();
      const over = { seenUntil: new Date(now - IDLE_MS), createdUntil: new Date(now - LONGEST_MS) };
      await withDatabase(() => pruneSessions(prisma, over));
    },
  };
}

const SETTINGS_CALLER: Caller = { name: "LEADGATE_ADMIN_KEY", scopes: ["admin"] };

function callerOf({ keyName, scopes }: SessionRecord): Caller | undefined {
  if (keyName === null || scopes === null) return undefined;
  return {
    name: keyName,
    scopes: scopes.filter((scope): scope is Scope => (SCOPES as readonly string[]).includes(scope)),
  };
}

function isOver({ createdAt, seenAt }: SessionRecord, now: Date): boolean {
  return now.getTime() - seenAt.getTime() >= IDLE_MS || now >= endOf(createdAt);
}

function endOf(createdAt: Date): Date {
  return new Date(createdAt.getTime() + LONGEST_MS);
}

function refusal(kind: "unauthorized" | "forbidden", message: string): LeadgateError {
  return new LeadgateError(kind, `This key ${message}.`, { faults: [{ path: "key", message }] });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}
