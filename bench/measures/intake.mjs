import { load } from "../support/load.mjs";
import { formFields, lead } from "../support/people.mjs";
import { pgbench } from "../support/pgbench.mjs";
import { inTurn, table, withCosts } from "../support/rounds.mjs";
import { KEY, scratchDatabase, startContender, startLeadgate } from "../support/server.mjs";

const CONNECTIONS = [1, 16, 64, 128];
const json = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
const ROUTES = {
  "/v1/leads": { headers: json, bodyOf: (n) => JSON.stringify(lead(n)) },
  "/webhooks/zapier": { headers: json, bodyOf: (n) => JSON.stringify(lead(n)) },
  "/forms/contact": { headers: { "content-type": "application/x-www-form-urlencoded" }, bodyOf: formFields },
};

/**
 * First posts of distinct people at 1, 16, 64 and 128 connections: Leadgate's three ways in on both databases, a handler
 * that stores nothing, one that checks and then acts, and PostgreSQL with the same writes in one statement. Mail is
 * queued and not made: that is the work of a worker, measured by `mails`.
 */
export async function measure({ seconds, rounds }) {
  const contenders = { empty: contender("empty"), "check-then-act": contender("check-then-act"), pgbench: limit };
  for (const kind of ["postgres", "embedded"]) {
    for (const route of Object.keys(ROUTES)) contenders[`${kind} ${route}`] = leadgate(kind, route);
  }
  const result = await inTurn(contenders, rounds);
  print(result);
  return { contenders: result };

  function leadgate(kind, route) {
    return async () => {
      const server = await startLeadgate({ kind, settings: { ROLE: "api" } });
      return { run: () => atEach(server, route), stop: server.stop };
    };
  }

  function contender(name) {
    return async () => {
      const migrated = await migratedDatabase();
      const server = await startContender(name, migrated.url);
      const stop = async () => {
        await server.stop();
        await migrated.drop();
      };
      return { run: () => atEach(server, "/v1/leads"), stop };
    };
  }

  async function limit() {
    const migrated = await migratedDatabase();
    const run = async () => {
      const at = {};
      for (const connections of CONNECTIONS) at[connections] = pgbench(migrated.url, { connections, seconds });
      return at;
    };
    return { run, stop: migrated.drop };
  }

  async function atEach(server, route) {
    const { headers, bodyOf } = ROUTES[route];
    const at = {};
    // Until its code is compiled a process is slower than it will ever be again.
    await load({ url: `${server.url}${route}`, headers, connections: 16, seconds: 3, bodyOf });
    for (const [index, connections] of CONNECTIONS.entries()) {
      const first = (index + 1) * 10_000_000;
      at[connections] = await withCosts(server.pid, () =>
        load({ url: `${server.url}${route}`, headers, connections, seconds, bodyOf: (n) => bodyOf(first + n) }),
      );
    }
    return at;
  }
}

/** A database with Leadgate's tables, for others to write to. */
export async function migratedDatabase() {
  const database = await scratchDatabase();
  const { openPostgres } = await import("../../dist/store/postgres.js");
  await (await openPostgres(database.url, { poolSize: 1 })).close();
  return database;
}

function print(result) {
  const empty = result.empty[64].perSecond;
  const byHand = result["check-then-act"][64].perSecond;
  table(
    Object.entries(result).map(([name, at]) => ({
      "posts/s": name,
      ...Object.fromEntries(CONNECTIONS.map((connections) => [`${connections} conn.`, at[connections].perSecond])),
      "p99 ms at 64": at[64].latencyMs?.p99,
      "× check-then-act": (at[64].perSecond / byHand).toFixed(2),
      "× empty": (at[64].perSecond / empty).toFixed(2),
      "µs server": at[64].processorUs?.server,
      "µs database": at[64].processorUs?.database,
      "MB at most": at[128].peakMegabytes,
      "not 2xx": CONNECTIONS.reduce((sum, connections) => sum + (at[connections].bad ?? 0), 0),
    })),
  );
}
