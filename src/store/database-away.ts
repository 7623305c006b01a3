import { LeadgateError } from "../base/errors.ts";

/** The database can't be reached, or does not answer. Whether what was asked of it was done may not be known. */
export class DatabaseAway extends LeadgateError {
  constructor(options: ErrorOptions = {}) {
    super("unavailable", "The database can't be reached at the moment; try again.", {
      ...options,
      retryAfterSeconds: 5,
    });
  }
}

/**
 * SQLSTATE classes 08, 53 (no room, no memory, no connection left) and 57P, 25006 (a standby takes no writes), what a
 * server refuses a connection for (28, 3D, 55000), Node's socket errors, and what Prisma makes of them.
 */
const AWAY_CODE =
  /^(P1000|P1001|P1003|P1010|P1002|P1008|P1017|P2024|P2028|P2037|ECONNREFUSED|ECONNRESET|EPIPE|ENOTFOUND|ENOENT|ETIMEDOUT|EAI_AGAIN|57P0[1-3]|08\w{3}|53\w{3}|25006|28\w{3}|3D000|55000|DatabaseNotReachable|ConnectionClosed|SocketTimeout|TooManyConnections|AuthenticationFailed|DatabaseAccessDenied|DatabaseDoesNotExist)$/;

/** The driver has no code for these. */
const AWAY_TEXT =
  /connection terminated|timeout exceeded when trying to connect|client has encountered a connection error|not queryable/i;

/** The error as callers may see it: `DatabaseAway` where the database is away, else the same. */
export function asUnavailable(error: unknown): unknown {
  const away = chain(error).some(
    (link) => codesOf(link).some((code) => AWAY_CODE.test(code)) || AWAY_TEXT.test(String(link.message ?? "")),
  );
  if (error instanceof LeadgateError || !away) return error;
  return new DatabaseAway({ cause: error });
}

/** An error and what it was caused by; client, adapter and driver each nest the next differently. */
export function chain(error: unknown, depth = 0): Record<string, unknown>[] {
  if (typeof error !== "object" || error === null || depth > 5) return [];
  const link = error as Record<string, unknown>;
  return [link, ...[link.cause, link.meta, link.driverAdapterError].flatMap((next) => chain(next, depth + 1))];
}

/** The codes a link of the chain has, in whoever's words. */
export function codesOf({ code, kind, originalCode }: Record<string, unknown>): string[] {
  return [code, kind, originalCode].filter((sign) => typeof sign === "string");
}
