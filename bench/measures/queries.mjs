import { load } from "../support/load.mjs";
import { inTurn, table, withCosts } from "../support/rounds.mjs";
import { KEY, startLeadgate } from "../support/server.mjs";
import { fill } from "./tables.mjs";

const headers = { authorization: `Bearer ${KEY}` };
const QUERIES = {
  newest: "/v1/leads",
  "by address": "/v1/leads?email=old.77@example.com",
  "part of a name": "/v1/leads?q=example%2077",
  "within a day": "/v1/leads?createdAfter=2020-01-01T00:00:00Z&sort=createdAt",
  stats: "/v1/stats",
};

/** Queries over HTTP at 16 connections, with 1,000, 100,000 and a million leads on PostgreSQL. */
export async function measure({ seconds, large }) {
  const contenders = {};
  for (const size of [1_000, 100_000, large]) contenders[size] = () => filled(size);
  const result = await inTurn(contenders, 1);
  table(
    Object.keys(QUERIES).map((name) => ({
      query: name,
      ...Object.fromEntries(
        Object.entries(result).flatMap(([size, runs]) => [
          [`${size} leads: /s`, runs[name].perSecond],
          ["p99 ms ".padEnd(6 + size.length), runs[name].latencyMs.p99],
        ]),
      ),
    })),
  );
  return { sizes: result };

  async function filled(size) {
    const server = await startLeadgate({ settings: { ROLE: "api" } });
    await fill(server.databaseUrl, size);
    const run = async () => {
      const runs = {};
      for (const [name, path] of Object.entries(QUERIES)) {
        runs[name] = await withCosts(server.pid, () =>
          load({ url: `${server.url}${path}`, method: "GET", headers, connections: 16, seconds }),
        );
      }
      return runs;
    };
    return { run, stop: server.stop };
  }
}
