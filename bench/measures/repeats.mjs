import { load } from "../support/load.mjs";
import { lead } from "../support/people.mjs";
import { inTurn, table, withCosts } from "../support/rounds.mjs";
import { KEY, startLeadgate } from "../support/server.mjs";

const json = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
/** What is replayed, over and over. */
const PEOPLE = 5_000;

/**
 * First posts, replays only, and one hot person who says something new each time, at 64 connections; on both databases.
 */
export async function measure({ seconds, rounds }) {
  const contenders = {};
  for (const kind of ["postgres", "embedded"]) contenders[kind] = leadgate(kind);
  const result = await inTurn(contenders, rounds);
  for (const [kind, runs] of Object.entries(result)) {
    table(
      Object.entries(runs).map(([name, { perSecond, latencyMs, processorUs, bad }]) => ({
        [kind]: name,
        "posts/s": perSecond,
        "× first": (perSecond / runs.first.perSecond).toFixed(2),
        "p99 ms": latencyMs.p99,
        "µs server": processorUs.server,
        "µs database": processorUs.database,
        "not 2xx": bad,
      })),
    );
  }
  return { contenders: result };

  function leadgate(kind) {
    return async () => {
      const server = await startLeadgate({ kind, settings: { ROLE: "api" } });
      const post = (bodyOf, forSeconds = seconds) =>
        load({ url: `${server.url}/v1/leads`, headers: json, connections: 64, seconds: forSeconds, bodyOf });
      const again = (n) => JSON.stringify(lead(n % PEOPLE));
      const run = async () => {
        await post((n) => JSON.stringify(lead(50_000_000 + n)), 3);
        const first = await withCosts(server.pid, () => post((n) => JSON.stringify(lead(10_000_000 + n))));
        await fill(server.url);
        const replays = await withCosts(server.pid, () => post(again));
        const hot = await withCosts(server.pid, () =>
          post((n) => JSON.stringify(lead(7, { email: "hot@example.com", message: `Message ${n}` }))),
        );
        return { first, replays, "one hot person": hot };
      };
      return { run, stop: server.stop };
    };
  }

  async function fill(url) {
    for (let from = 0; from < PEOPLE; from += 1_000) {
      const body = JSON.stringify(Array.from({ length: 1_000 }, (_, item) => lead(from + item)));
      const { status } = await fetch(`${url}/v1/leads`, { method: "POST", headers: json, body });
      if (status !== 200) throw new Error(`the people to replay were answered ${status}`);
    }
  }
}
