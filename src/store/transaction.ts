import { LeadgateError } from "../base/errors.ts";
import type { Database, Queryable } from "./client.ts";
import { asUnavailable, chain, codesOf } from "./database-away.ts";

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

function isConflict(error: unknown): boolean {
  return chain(error).some((link) => codesOf(link).some((code) => CONFLICT.test(code)));
}
