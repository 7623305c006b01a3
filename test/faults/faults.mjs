// Whether anything is lost or mailed twice when processes are killed, the database goes away, twins come at once or the
// clock is set. Prints a table, ends with 1 when a promise was broken, and tells the seed of each run that broke one:
//   npm run faults                                    everything, as often as is asked (hours)
//   npm run faults -- --only kill,twins --runs 20     some of it
//   npm run faults -- --only kill --seed 17 --runs 1  a run once more
//   npm run faults -- --sabotage claim-ignored        on a build that is broken on purpose, which must end with 1
//   npm run faults -- --short                         a little of each, without limits of time, for `npm test`
// What needs a server takes PostgreSQL's own programs from this machine and makes a server of its own.
import { parseArgs } from "node:util";
import { clock } from "./experiments/clock.mjs";
import { kill } from "./experiments/kill.mjs";
import { postgres } from "./experiments/postgres.mjs";
import { restart } from "./experiments/restart.mjs";
import { soak } from "./experiments/soak.mjs";
import { twins } from "./experiments/twins.mjs";
import { hasPostgres, startCluster } from "./support/cluster.mjs";
import { keepResults, tableOf } from "./support/fault-report.mjs";
import { SABOTAGES, sabotageBuild } from "./support/sabotages.mjs";
import { createTally } from "./support/tally.mjs";
import { copyBuild, killAll, loadSupport } from "./support/world.mjs";

const EXPERIMENTS = { kill, postgres, twins, restart, clock, soak };
const { only, runs, seed, sabotage: sabotageName, short } = readOptions();
const sabotage = sabotageName === undefined ? undefined : SABOTAGES[sabotageName];

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => process.exit(1));
process.once("exit", killAll);

const build = copyBuild();
process.once("exit", build.remove);
if (sabotage !== undefined) sabotageBuild(build, sabotage);
const { SendGridStandIn } = await loadSupport(build, "sendgrid-stand-in.ts");
const world = {
  ...{ build, short, sabotage },
  standIn: await SendGridStandIn.start(),
  cluster: hasPostgres() ? await startCluster() : undefined,
};

const results = [];
try {
  for (const [name, experiment] of Object.entries(EXPERIMENTS)) {
    if (only.includes(name)) results.push(await perform(name, experiment));
  }
} finally {
  killAll();
  await world.standIn.close();
  world.cluster?.close();
}
console.log(`\n${tableOf(results.map(rowOf))}\n`);
if (short) console.log(JSON.stringify(results));
else keepResults(results, sabotageName);
const skipped = results.filter((result) => result.skipped !== undefined);
const isBroken = results.some(({ violations }) => violations > 0);
// What was not looked at is no pass; on a machine without PostgreSQL the short form leaves it out all the same.
process.exitCode = isBroken || (skipped.length > 0 && !short) ? 1 : 0;
console.log(isBroken ? "a promise was broken; see above" : "every promise that was looked at was kept");

async function perform(name, experiment) {
  const about = { experiment: name, asked: experiment.asked, ...(sabotage && { told: sabotage.told }) };
  if (experiment.needsPostgres && world.cluster === undefined) {
    return { ...about, skipped: "PostgreSQL's programs are not on this machine" };
  }
  const tally = createTally(name, {
    ...{ seed, unit: experiment.unit },
    runs: runs ?? (short ? experiment.short : experiment.asked),
  });
  const begun = Date.now();
  try {
    await experiment.run(world, tally);
  } catch (error) {
    // What could not be brought to its end is no pass either.
    tally.broken({ seed }, `the experiment broke off: ${error.stack}`);
  }
  const result = { ...about, ...tally.result(), seconds: Math.round((Date.now() - begun) / 1_000) };
  console.log(JSON.stringify(result));
  return result;
}

function rowOf({ experiment, asked, skipped, runs: made, ...rest }) {
  const { acknowledged, unknown, recovered, lost, unexpected, duplicated, changed, slowest, violations } = rest;
  const counts = { acknowledged, unknown, recovered, lost, unexpected, duplicated, changed, slowest };
  return { experiment, asked, made: skipped ?? made, ...counts, seed, violations };
}

function readOptions() {
  const { values } = parseArgs({
    options: {
      only: { type: "string" },
      runs: { type: "string" },
      seed: { type: "string", default: "1" },
      sabotage: { type: "string" },
      short: { type: "boolean", default: false },
    },
  });
  const known = (name, among) => {
    if (name in among) return name;
    throw new Error(`there is no ${name}; there are ${Object.keys(among).join(", ")}`);
  };
  const sabotaged = values.sabotage === undefined ? undefined : SABOTAGES[known(values.sabotage, SABOTAGES)];
  const wanted = values.only?.split(",") ?? sabotaged?.experiments ?? Object.keys(EXPERIMENTS);
  return {
    ...values,
    only: wanted.map((name) => known(name, EXPERIMENTS)),
    runs: values.runs === undefined ? undefined : Number(values.runs),
    seed: Number(values.seed),
  };
}
