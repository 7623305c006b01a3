import { createHash } from "node:crypto";
import { RateLimiterMemory, RateLimiterPrisma, RateLimiterRes } from "rate-limiter-flexible";
import type { Database } from "./client.ts";
import { DatabaseAway } from "./database-away.ts";

/** Counts one request of a caller. */
export interface RateLimiter {
  /** Seconds to wait when the limit is reached, else undefined. */
  consume(caller: string): Promise<number | undefined>;
}

/**
 * A limit of requests per minute and caller. On PostgreSQL it holds over all processes, and falls back to the memory of
 * this one while the database is away; the embedded database has one process, whose memory is enough.
 *
 * @param perMinute 1 or more.
 * @param unlessAway does work that needs the database; throws `DatabaseAway` when it is away or hangs.
 */
export function createRateLimiter(
  database: Database,
  name: string,
  perMinute: number,
  unlessAway: <Result>(work: () => Promise<Result>) => Promise<Result>,
): RateLimiter {
  const options = { points: perMinute, duration: 60, keyPrefix: name };
  const memory = new RateLimiterMemory(options);
  const limiter =
    database.kind === "embedded"
      ? memory
      : new RateLimiterPrisma({
          ...options,
          storeClient: database.prisma,
          tableName: "rateLimit",
          clearExpiredByTimeout: false,
          insuranceLimiter: memory,
          // A caller who is over the limit costs no query until the minute is over.
          inMemoryBlockOnConsumed: perMinute + 1,
        });
  return {
    async consume(caller) {
      const key = createHash("sha256").update(caller).digest("base64url").slice(0, 22);
      try {
        await unlessAway(() => limiter.consume(key)).catch((error: unknown) => {
          if (error instanceof DatabaseAway) return memory.consume(key);
          throw error;
        });
        return undefined;
      } catch (refusal) {
        if (refusal instanceof RateLimiterRes) return Math.max(1, Math.ceil(refusal.msBeforeNext / 1000));
        throw refusal;
      }
    },
  };
}

/** Deletes counters whose minute is long over. */
export async function pruneRateLimits(database: Database, now: Date): Promise<void> {
  await database.prisma.rateLimit.deleteMany({ where: { expire: { lt: now } } });
}
