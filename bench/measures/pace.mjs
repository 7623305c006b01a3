import { lead } from "../support/people.mjs";
import { inTurn, table, withCosts } from "../support/rounds.mjs";
import { KEY, startLeadgate } from "../support/server.mjs";
import { steadily } from "../support/steadily.mjs";

const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };

/** What a post takes at a fixed 200 a second, with the mails of each rendered beside, as an instance is started. */
export async function measure({ seconds, rounds }) {
  const result = await inTurn({ postgres: leadgate("postgres"), embedded: leadgate("embedded") }, rounds);
  table(
    Object.entries(result).map(([kind, { perSecond, latencyMs, peakMegabytes, bad }]) => ({
      "200 posts/s": kind,
      "answered/s": perSecond,
      "p50 ms": latencyMs.p50,
      "p99 ms": latencyMs.p99,
      "most ms": latencyMs.max,
      "MB at most": peakMegabytes,
      "not 2xx": bad,
    })),
  );
  return { perSecondAsked: 200, contenders: result };

  function leadgate(kind) {
    return async () => {
      const server = await startLeadgate({ kind });
      const post = (first, forSeconds) =>
        steadily({
          ...{ url: `${server.url}/v1/leads`, headers, perSecond: 200, seconds: forSeconds },
          bodyOf: (n) => JSON.stringify(lead(first + n)),
        });
      const run = async () => {
        await post(0, 5);
        return withCosts(server.pid, () => post(1_000_000, Math.max(10, seconds)));
      };
      return { run, stop: server.stop };
    };
  }
}
