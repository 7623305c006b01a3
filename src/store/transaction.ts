import { LeadgateError } from "../base/errors.ts";
import type { Database, Queryable } from "./client.ts";

/** How often a transaction that lost a conflict is begun again before the caller is told to come back. */
const ATTEMPTS = 10;

/**
 * Runs work in one transaction. Serialization failures and deadlocks roll it back and run it again.
 *
 * Never catch a database error inside the work: Prisma then reports a commit although nothing was saved.
 *
 * @throws LeadgateError `unavailable` when the database is away, or conflicts did not end after ten attempts.
 */
export async function inTransaction<Result>(
  database: Database,
  work: (transaction: Queryable) => Promise<Result>,
): Promise<Result> {
  const once = (): Promise<Result> =>
    database.prisma.$transaction((transaction) => work(transaction), { maxWait: 10_000, timeout: 60_000 });
  for (let attempt = 1; ; attempt++) {
    try {
      return await (database.mutex === undefined ? once() : database.mutex(once));
    } catch (error) {
      if (!isConflict(error)) throw asUnavailable(error);
      if (attempt === ATTEMPTS) {
        throw new LeadgateError("unavailable", "Too many writers at once; try again.", {
          cause: error,
          retryAfterSeconds: 1,
        });
      }
    }
  }
}

/** Runs reads outside a transaction, telling a database that is away from a bug. */
export async function withDatabase<Result>(work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw asUnavailable(error);
  }
}

/** Whether a unique constraint refused something. Ask outside the transaction, once it is rolled back. */
export function isDuplicate(error: unknown): boolean {
  return chain(error).some((link) => codesOf(link).some((code) => DUPLICATE.test(code)));
}

/** SQLSTATE 23505, or Prisma's word for it. */
const DUPLICATE = /^(P2002|23505|UniqueConstraintViolation)$/;

/** SQLSTATE 40001 and 40P01 (PostgreSQL appendix A), or Prisma's word for them. */
const CONFLICT = /^(P2034|40001|40P01|TransactionWriteConflict)$/;

/** SQLSTATE classes 08 and 57P, Node's socket errors, and what Prisma makes of them. */
const AWAY_CODE =
  /^(P1000|P1001|P1002|P1008|P1017|P2024|P2028|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ENOENT|ETIMEDOUT|EAI_AGAIN|57P0[1-3]|08\w{3}|53300|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections)$/;

/** The driver has no code for these. */
const AWAY_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

function isConflict(error: unknown): boolean {
  return chain(error).some((link) => codesOf(link).some((code) => CONFLICT.test(code)));
}

/** The error as callers may see it: LeadgateError `unavailable` where the database is away, else the same. */
export function asUnavailable(error: unknown): unknown {
  const away = chain(error).some(
    (link) => codesOf(link).some((code) => AWAY_CODE.test(code)) || AWAY_TEXT.test(String(link.message ?? "")),
  );
  if (error instanceof LeadgateError || !away) return error;
  return new LeadgateError("unavailable", "The database can't be reached at the moment; try again.", {
    cause: error,
    retryAfterSeconds: 5,
  });
}

/** An error and what it was caused by; client, adapter and driver each nest the next differently. */
function chain(error: unknown, depth = 0): Record<string, unknown>[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  const link = error as Record<string, unknown>;
  return [link, ...[link.cause, link.meta, link.driverAdapterError].flatMap((next) => chain(next, depth + 1))];
}

function codesOf({ code, kind, originalCode }: Record<string, unknown>): string[] {
  return [code, kind, originalCode].filter((sign) => typeof sign === "string");
}
