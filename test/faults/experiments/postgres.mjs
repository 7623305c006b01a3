import { latencies, startClients } from "../support/clients.mjs";
import { DATABASE_FAULTS } from "../support/database-faults.mjs";
import { checkSet, isTaken } from "../support/set-checker.mjs";
import { postgresStore } from "../support/stores.mjs";
import { sleep, startProcess, stopProcess, until } from "../support/world.mjs";

/** No caller waits longer, whatever the database does. */
const LONGEST_ANSWER_MS = 5_000;

/** PostgreSQL taken away under load, with the spool on: every 2xx is stored once when it is back, and nobody waits long. */
export const postgres = {
  asked: 60,
  short: 3,
  needsPostgres: true,
  async run(world, tally) {
    const store = await postgresStore(world);
    const settings = { MAIL_MODE: "shadow", PORT: "0", ...store.settings };
    const under = { store, served: await startProcess(world.build, "serve", settings) };
    const restart = async () => {
      under.served.child.kill("SIGKILL");
      await under.served.ended;
      under.served = await startProcess(world.build, "serve", settings);
    };
    const names = Object.keys(DATABASE_FAULTS);
    const all = [];
    for (const run of tally.share(0, 1)) {
      // The process is killed in the first of a short run: that alone shows what is on the disk.
      const name = names[(run.seed + 1) % names.length];
      const history = await oneFault({ ...world, restart }, under, run, name, tally);
      all.push(...history);
    }
    const { p50, p99 } = latencies(all);
    const answers = all.flatMap((attempt) => attempt.answers);
    const refused = answers.filter((answer) => answer.status !== undefined && !isTaken(answer)).length;
    const receipts = answers.filter(({ status }) => status === 202).length;
    tally.note(`${receipts} receipts, ${refused} refused, p50 ${p50} ms, p99 ${p99} ms`);
    await stopProcess(under.served);
    await store.remove();
  },
};

async function oneFault({ cluster, restart, short }, under, run, name, tally) {
  const prefix = `postgres-${run.seed}-`;
  const url = () => under.served.url;
  const clients = startClients({ prefix, count: 16, random: run.random, url, pauseMs: 10 });
  await until(() => clients.attempts.some(({ answers }) => answers.some(isTaken)), "one acknowledged");
  await sleep(300 + run.random.below(500));
  const end = await DATABASE_FAULTS[name]({ cluster, restart });
  await sleep(short ? 1_000 : 1_000 + run.random.below(3_000));
  await end();
  await sleep(500);
  await clients.stop();
  const { attempts } = clients;
  const { max } = latencies(attempts);
  tally.slowest(max);
  if (max > LONGEST_ANSWER_MS && !short) tally.broken(run, `an answer took ${max} ms (${name})`);
  const look = async () => checkSet(attempts, await under.store.stored(prefix));
  await until(async () => (await look()).lost.length === 0, "drained", 30_000).catch(() => undefined);
  // Whatever is brought in twice comes with the round of the drain after the first.
  await sleep(short ? 0 : 1_200);
  tally.count(run, await look(), undefined, name);
  return attempts;
}
