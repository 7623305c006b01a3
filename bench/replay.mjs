// Measures `leadgate replay` as a user meets it: 20,000 submissions of 8,000 people, exported from an instance that took
// them in, replayed on the embedded database and beside BENCH_DATABASE_URL on PostgreSQL.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { machine } from "./support/machine.mjs";
import { lead } from "./support/people.mjs";
import { KEY, scratchDatabase, startLeadgate } from "./support/server.mjs";

const SUBMISSIONS = Number(process.env.BENCH_SUBMISSIONS ?? 20_000);
const PEOPLE = Math.round(SUBMISSIONS / 2.5);
const SOURCES = ["contact", "zapier", "webinar"];
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const results = fileURLToPath(new URL("./results/", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "leadgate-replay-"));
const file = join(folder, "submissions.ndjson");

const on = machine();
await exportSubmissions();
const database = await scratchDatabase();
const runs = {};
try {
  for (const [kind, url] of [
    ["postgres", database.url],
    ["embedded", ""],
  ]) {
    const begunMs = performance.now();
    const { stdout, status } = leadgate(["replay", file, "--json"], {
      DATABASE_URL: url,
      DATA_DIR: join(folder, kind),
    });
    const seconds = Math.round((performance.now() - begunMs) / 100) / 10;
    const { identical, runs: made } = JSON.parse(stdout.trimEnd().split("\n").at(-1));
    runs[kind] = { seconds, status, identical, leads: made[0].leads, messages: made[0].messages };
    console.log(
      `${kind}: ${seconds} s, ${identical ? "identical" : "NOT identical"}, ${made[0].leads} leads, ${made[0].messages} mails`,
    );
  }
} finally {
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
}
mkdirSync(results, { recursive: true });
writeFileSync(
  join(results, "replay.json"),
  `${JSON.stringify({ machine: on, submissions: SUBMISSIONS, runs }, null, 2)}\n`,
);

async function exportSubmissions() {
  const server = await startLeadgate({ kind: "embedded", settings: { ROLE: "api", MAIL_MODE: "shadow" } });
  for (let from = 0; from < SUBMISSIONS; from += 1_000) {
    const body = JSON.stringify(
      Array.from({ length: Math.min(1_000, SUBMISSIONS - from) }, (_, item) => submission(from + item)),
    );
    const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
    const { status } = await fetch(`${server.url}/v1/leads`, { method: "POST", headers, body });
    if (status !== 200) throw new Error(`the submissions were answered ${status}`);
  }
  leadgate(["export", "--submissions", "--output", file, "--url", server.url, "--key", KEY], {});
  await server.stop();
}

/** Four fifths tell when they happened, in no order over 300 days. */
function submission(n) {
  const at = new Date(Date.UTC(2026, 0) + ((n * 7_919) % 432_000) * 60_000).toISOString();
  const said = { source: SOURCES[n % 3], message: `Message ${n}` };
  return lead((n * 37) % PEOPLE, n % 5 === 0 ? said : { ...said, occurredAt: at });
}

function leadgate(parameters, environment) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, LOG_LEVEL: "error", ...environment };
  const run = spawnSync(process.execPath, [main, ...parameters], {
    cwd: folder,
    env,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
  });
  if (run.status !== 0 && run.status !== 1) throw new Error(run.stderr);
  return run;
}
