import type { Clock } from "../base/clock.ts";
import type { Database, PoolState } from "../store/client.ts";
import { readQueues } from "../store/gauges.ts";
import { countMessages } from "../store/stats.ts";
import { withDatabase } from "../store/transaction.ts";

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
}

/** Counting follow-ups by status reads an index whole, so that a scraper that asks oftener gets the same count again. */
const COUNTED_FOR_MS = 10_000;

export function createGauges({ database, clock }: { database: Database; clock: Clock }): ReadGauges {
  let counted: { readonly at: number; readonly messages: Record<string, number> } | undefined;
  return {
    pool: () => database.pool?.(),
    async database() {
      const now = clock.now();
      if (counted === undefined || now.getTime() - counted.at >= COUNTED_FOR_MS) {
        counted = { at: now.getTime(), messages: await withDatabase(() => countMessages(database.prisma)) };
      }
      const queues = await withDatabase(() => readQueues(database.prisma, now));
      const secondsSince = (at: Date | null) => (at === null ? 0 : Math.max(0, (now.getTime() - at.getTime()) / 1_000));
      return {
        messages: counted.messages,
        mailDueForSeconds: secondsSince(queues.mailDueSince),
        hooksPending: queues.hooksPending,
        hooksDueForSeconds: secondsSince(queues.hooksDueSince),
      };
    },
  };
}
