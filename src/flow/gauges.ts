import type { Clock } from "../base/clock.ts";
import type { Database, PoolState } from "../store/client.ts";
import { readQueues } from "../store/gauges.ts";
import type { Spool } from "../store/spool/spool.ts";
import { countMessages } from "../store/stats.ts";
import { withDatabase } from "../store/transaction.ts";
import type { Breaker } from "./breaker.ts";

/** How things stand in the database, for whoever watches. */
export interface Gauges {
  /** By status. */
  readonly messages: Readonly<Record<string, number>>;
  /** How long the follow-up that has been due longest has waited; 0 when none is due. */
  readonly mailDueForSeconds: number;
  readonly hooksPending: number;
  readonly hooksDueForSeconds: number;
}

export interface ReadGauges {
  /** Throws LeadgateError `unavailable` when the database is away. */
  database(): Promise<Gauges>;
  /** Connections of this process; undefined where there is no pool. */
  pool(): PoolState | undefined;
  /** What waits in the spool of this process. */
  spool(): {
    readonly records: number;
    readonly bytes: number;
    readonly oldestSeconds: number;
    readonly damaged: number;
  };
}

/** Counting follow-ups by status reads an index whole, so that a scraper that asks oftener gets the same count again. */
const COUNTED_FOR_MS = 10_000;

export interface GaugeDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly spool: Pick<Spool, "state">;
  readonly breaker: Pick<Breaker, "run">;
}

export function createGauges({ database, clock, spool, breaker }: GaugeDeps): ReadGauges {
  let counted: { readonly at: number; readonly messages: Record<string, number> } | undefined;
  const read = async () => {
    const now = clock.now();
    if (counted === undefined || now.getTime() - counted.at >= COUNTED_FOR_MS) {
      counted = { at: now.getTime(), messages: await withDatabase(() => countMessages(database.prisma)) };
    }
    const queues = await withDatabase(() => readQueues(database.prisma, now));
    return {
      messages: counted.messages,
      mailDueForSeconds: secondsBetween(queues.mailDueSince, now),
      hooksPending: queues.hooksPending,
      hooksDueForSeconds: secondsBetween(queues.hooksDueSince, now),
    };
  };
  return {
    pool: () => database.pool?.(),
    spool() {
      const { oldestAt, ...state } = spool.state();
      return { ...state, oldestSeconds: secondsBetween(oldestAt, clock.now()) };
    },
    database: () => breaker.run(read),
  };
}

function secondsBetween(since: Date | null, now: Date): number {
  return since === null ? 0 : Math.max(0, (now.getTime() - since.getTime()) / 1_000);
}
