import { performance } from "node:perf_hooks";
import { replayAll, startClients } from "../support/clients.mjs";
import { checkSet, isTaken } from "../support/set-checker.mjs";
import { embeddedStore, postgresStore } from "../support/stores.mjs";
import { sleep, startProcess, until } from "../support/world.mjs";

/** From the start of the process to its first answer. */
const LONGEST_START_MS = 10_000;

/** `kill -9` of `serve` under fifty clients, at any moment; what was acknowledged is there once and is answered as before. */
export const kill = {
  asked: 300,
  short: 2,
  async run(world, tally) {
    const stores = [embeddedStore(world), ...(world.cluster ? [await postgresStore(world)] : [])];
    for (const [index, store] of stores.entries()) {
      const runs = tally.share(index, stores.length);
      if (runs.length > 0) await killOften(world, store, runs, tally);
      await store.remove();
    }
  },
};

const isAcknowledged = ({ answers }) => answers.some(isTaken);

async function killOften({ build, short }, store, runs, tally) {
  const settings = { MAIL_MODE: "shadow", PORT: "0", ...store.settings };
  const histories = [];
  let served = await startProcess(build, "serve", settings);
  for (const run of runs) {
    const prefix = `kill-${store.kind}-${run.seed}-`;
    const clients = startClients({ prefix, count: 50, random: run.random, url: () => served.url });
    // Where nothing was acknowledged nothing can be lost.
    await until(() => clients.attempts.some(isAcknowledged), "one acknowledged");
    await sleep(run.random.below(short ? 400 : 1_200));
    served.child.kill("SIGKILL");
    await Promise.all([served.ended, clients.stop()]);
    const begun = performance.now();
    served = await startProcess(build, "serve", settings);
    const taken = clients.attempts.filter(isAcknowledged);
    const first = taken.slice(0, 1);
    await replayAll(first, served.url);
    const startMs = performance.now() - begun;
    await replayAll(taken.slice(1), served.url);
    tally.slowest(startMs);
    if (startMs > LONGEST_START_MS && !short) tally.broken(run, `took ${Math.round(startMs)} ms to its first answer`);
    for (const { email, answers } of taken) {
      if (!answers.at(-1).replayed) tally.broken(run, `${email} is not known to be a replay (${store.kind})`);
    }
    histories.push({ run, prefix, attempts: clients.attempts });
  }
  // Killed once more, so that nothing is tidied up before it is looked at.
  served.child.kill("SIGKILL");
  await served.ended;
  const stored = await store.stored("kill-");
  for (const { run, prefix, attempts } of histories) {
    const those = stored.filter(({ email }) => email.startsWith(prefix));
    tally.count(run, checkSet(attempts, those));
  }
}
