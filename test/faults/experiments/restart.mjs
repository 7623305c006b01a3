import { latencies, send, startClients } from "../support/clients.mjs";
import { freePort } from "../support/cluster.mjs";
import { checkSet } from "../support/set-checker.mjs";
import { postgresStore } from "../support/stores.mjs";
import { sleep, startProcess, stopProcess } from "../support/world.mjs";

/**
 * Two processes on one PostgreSQL, each stopped and started anew in turn, behind clients that take turns and send again
 * only what was refused a connection: no request fails.
 */
export const restart = {
  asked: 20,
  short: 2,
  needsPostgres: true,
  async run(world, tally) {
    const store = await postgresStore(world);
    const ports = [await freePort(), await freePort()];
    const start = (port) =>
      startProcess(world.build, "serve", { MAIL_MODE: "shadow", ...store.settings, PORT: String(port) });
    const served = [await start(ports[0]), await start(ports[1])];
    for (const run of tally.share(0, 1)) {
      const prefix = `restart-${run.seed}-`;
      const post = roundRobin(ports);
      const clients = startClients({ prefix, count: 16, random: run.random, post, pauseMs: 5 });
      await sleep(100 + run.random.below(400));
      const which = run.seed % 2;
      await stopProcess(served[which]);
      served[which] = await start(ports[which]);
      await sleep(200);
      await clients.stop();
      const failed = clients.attempts.flatMap(({ answers }) => answers.filter(({ status }) => status !== 201));
      if (failed.length > 0) {
        tally.broken(run, `${failed.length} requests failed, the first with ${failed[0].error ?? failed[0].status}`);
      }
      tally.slowest(latencies(clients.attempts).max);
      tally.count(run, checkSet(clients.attempts, await store.stored(prefix)));
    }
    for (const one of served) await stopProcess(one);
    await store.remove();
  },
};

/** Each request on a connection of its own, to the next process; to the other one where it is refused. */
function roundRobin(ports) {
  let nth = 0;
  return async (body, key) => {
    const first = nth++;
    for (let attempt = 0; ; attempt++) {
      const url = `http://127.0.0.1:${ports[(first + attempt) % ports.length]}`;
      const answer = await send(url, "/v1/leads", { body, key, agent: false });
      if (answer.error !== "ECONNREFUSED" || attempt === ports.length) return answer;
    }
  };
}
