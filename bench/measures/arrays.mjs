import { load } from "../support/load.mjs";
import { lead } from "../support/people.mjs";
import { pgbench } from "../support/pgbench.mjs";
import { inTurn, table, withCosts } from "../support/rounds.mjs";
import { KEY, startLeadgate } from "../support/server.mjs";
import { migratedDatabase } from "./intake.mjs";

const ITEMS = 1_000;
const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };

/** Arrays of 1,000 new people each, four at a time, in leads a second, beside what PostgreSQL takes one by one. */
export async function measure({ seconds, rounds }) {
  const result = await inTurn(
    { "postgres arrays": arrays("postgres"), "embedded arrays": arrays("embedded"), pgbench: limit },
    rounds,
  );
  table(
    Object.entries(result).map(([name, { perSecond, processorUs, peakMegabytes }]) => ({
      arrays: name,
      "leads/s": perSecond,
      "× pgbench": (perSecond / result.pgbench.perSecond).toFixed(2),
      "µs server": processorUs?.server,
      "µs database": processorUs?.database,
      "MB at most": peakMegabytes,
    })),
  );
  return { items: ITEMS, contenders: result };

  function arrays(kind) {
    return async () => {
      const server = await startLeadgate({ kind, settings: { ROLE: "api" } });
      const post = (first, forSeconds) =>
        load({
          url: `${server.url}/v1/leads`,
          headers,
          connections: 4,
          seconds: forSeconds,
          bodyOf: (n) => JSON.stringify(Array.from({ length: ITEMS }, (_, item) => lead(first + n * ITEMS + item))),
        });
      const run = async () => {
        await post(0, 2);
        const result = await withCosts(server.pid, async () => {
          const { perSecond, answers, ...rest } = await post(100_000_000, seconds);
          return { perSecond: perSecond * ITEMS, answers: answers * ITEMS, ...rest };
        });
        return result;
      };
      return { run, stop: server.stop };
    };
  }

  async function limit() {
    const migrated = await migratedDatabase();
    return { run: async () => pgbench(migrated.url, { connections: 64, seconds }), stop: migrated.drop };
  }
}
