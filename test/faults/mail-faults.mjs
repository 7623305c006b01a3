// What becomes of mail when everything around it fails. Prints tables and writes them to docs/reliability.md:
//   npm run faults:mail                     all of it, on PostgreSQL (TEST_DATABASE_URL) and a part on the embedded database
//   npm run faults:mail -- --quick          a tenth of it, and writes nothing
import { readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { embeddedFaults, shuffles } from "./support/in-process.mjs";
import {
  cutBeforeReading,
  FAULTS,
  firstCallFails,
  kill,
  manyWorkers,
  nobodyListens,
  refusedKey,
} from "./support/scenarios.mjs";
import { copyBuild, createDatabase, killAll, loadSupport } from "./support/world.mjs";

const quick = process.argv.includes("--quick");
const only = process.argv.find((argument) => argument.startsWith("--only="))?.slice("--only=".length);
const size = (full) => (quick ? Math.ceil(full / 10) : full);

const build = copyBuild();
const { SendGridStandIn } = await loadSupport(build, "sendgrid-stand-in.ts");
const standIn = await SendGridStandIn.start();
const database = await createDatabase(build);
const settings = {
  DATABASE_URL: database.url,
  SENDGRID_BASE_URL: standIn.url,
  SENDGRID_TIMEOUT_MS: "500",
  SENDGRID_EVENT_PUBLIC_KEY: standIn.publicKey,
};
const world = { build, standIn, database, settings };

const PARTS = {
  faults: {
    title: "Each fault, PostgreSQL, one worker process",
    async run() {
      const rows = [];
      for (const [name, behaviour] of FAULTS)
        rows.push(await told(firstCallFails(world, name, behaviour, size(1_000))));
      rows.push(await told(cutBeforeReading(world, size(1_000))));
      rows.push(await told(nobodyListens(world, size(1_000))));
      rows.push(await told(refusedKey(world, size(1_000))));
      return rows;
    },
    fine: keptAfterFault,
  },
  kills: {
    title: "`kill -9` of a worker process, PostgreSQL",
    async run() {
      const rows = [];
      for (const moment of ["before", "during", "after"]) rows.push(await told(kill(world, moment, size(100))));
      return rows;
    },
    fine: (row) =>
      row["most accepted for one"] <= 1 &&
      row["uncertain afterwards"] === row.kills &&
      row.delivered === (row["kill -9"] === "before" ? 0 : row.kills),
  },
  workers: {
    title: "Two and four worker processes, one stopped (SIGSTOP) past its lease and resumed, PostgreSQL",
    run: async () => [await told(manyWorkers(world, 2, size(10_000))), await told(manyWorkers(world, 4, size(10_000)))],
    // Where the stopped worker had nothing under way, nothing was measured.
    fine: (row) =>
      row["uncertain while stopped"] > 0 &&
      row["most accepted for one"] <= 1 &&
      row.overwritten === 0 &&
      row["queued or sending"] === 0,
  },
  shuffles: {
    title: "Events in any order, PostgreSQL",
    run: async () => [await told(shuffles(world, size(1_000)))],
    fine: (row) => row["other end states"] === 0,
  },
  embedded: {
    title: "Each fault, embedded database, in one process",
    run: () => embeddedFaults(world, size(200)),
    fine: keptAfterFault,
  },
};

/** A call for each message at least, or the run has measured nothing. */
function keptAfterFault(row) {
  return row.calls >= row.sends && row["most accepted for one"] <= 1 && row["queued or sending"] === 0;
}

async function told(running) {
  const row = await running;
  console.log(JSON.stringify(row));
  return row;
}

let failed = false;
try {
  for (const [name, { title, run, fine }] of Object.entries(PARTS)) {
    if (only !== undefined && !only.split(",").includes(name)) continue;
    const rows = await run();
    failed ||= !rows.every(fine);
    console.log(`\n${title}\n\n${tableOf(rows)}\n`);
    if (!quick) write(name, tableOf(rows));
  }
} finally {
  killAll();
  await standIn.close();
  await database.drop();
  build.remove();
}
console.log(failed ? "a promise was broken; see above" : "every promise was kept");
process.exitCode = failed ? 1 : 0;

function tableOf(rows) {
  const names = Object.keys(rows[0]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(names), line(names.map(() => "---")), ...rows.map((row) => line(names.map((name) => row[name])))].join(
    "\n",
  );
}

/** Puts a table between its marks in docs/reliability.md. */
function write(name, table) {
  const file = new URL("../../docs/reliability.md", import.meta.url);
  const when = `Measured ${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores shared with the load.`;
  const marks = new RegExp(`(<!-- ${name} -->\n)[\\s\\S]*?(\n<!-- /${name} -->)`);
  writeFileSync(file, readFileSync(file, "utf8").replace(marks, `$1${when}\n\n${table}$2`));
}
