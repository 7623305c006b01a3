import { Agent } from "node:http";
import { send } from "../support/clients.mjs";
import { checkSet } from "../support/set-checker.mjs";
import { embeddedStore, postgresStore } from "../support/stores.mjs";
import { startProcess, stopProcess } from "../support/world.mjs";

const TWINS = 100;

/** A hundred identical requests at once, to one process and to two on one database: one lead, one mail, one answer. */
export const twins = {
  asked: 500,
  short: 8,
  async run(world, tally) {
    const stores = world.cluster
      ? [
          [await postgresStore(world), 2],
          [await postgresStore(world), 1],
          [embeddedStore(world), 1],
        ]
      : [[embeddedStore(world), 1]];
    for (const [index, [store, processes]] of stores.entries()) {
      // Three rounds of four are for two processes, where twins meet in the database alone.
      const runs = stores.length === 1 ? tally.share(0, 1) : tally.share(index === 0 ? [0, 1] : index + 1, 4);
      if (runs.length > 0) await rounds(world, store, processes, runs, tally);
      await store.remove();
    }
  },
};

async function rounds({ build }, store, processes, runs, tally) {
  const settings = { MAIL_MODE: "shadow", PORT: "0", ...store.settings };
  const served = [];
  for (let nth = 0; nth < processes; nth++) served.push(await startProcess(build, "serve", settings));
  const agent = new Agent({ keepAlive: true, maxSockets: TWINS });
  const histories = [];
  for (const run of runs) histories.push(await round(run, served, agent, tally));
  agent.destroy();
  for (const one of served) await stopProcess(one);
  const stored = await store.stored("twins-");
  for (const { run, attempt } of histories) {
    tally.count(
      run,
      checkSet(
        [attempt],
        stored.filter(({ email }) => email === attempt.email),
      ),
      attempt.answers.length,
    );
  }
}

async function round(run, served, agent, tally) {
  const email = `twins-${run.seed}@example.com`;
  // With a key of the caller's, and known by content alone.
  const key = run.random.chance(0.5) ? email : undefined;
  const body = { email, firstName: "Ann", message: "One of a hundred." };
  const answers = await Promise.all(
    Array.from({ length: TWINS }, (_, nth) => send(served[nth % served.length].url, "/v1/leads", { body, key, agent })),
  );
  const bad = answers.filter(({ status }) => status !== 201);
  if (bad.length > 0) tally.broken(run, `${bad.length} of ${TWINS} answered ${bad[0].status ?? bad[0].error}`);
  const firsts = answers.filter(({ status, replayed }) => status === 201 && !replayed).length;
  if (firsts !== 1) tally.broken(run, `${firsts} answers that are no replay`);
  tally.slowest(Math.max(...answers.map(({ ms }) => ms)));
  return { run, attempt: { email, answers } };
}
