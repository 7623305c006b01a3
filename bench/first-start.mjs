// Measures the first start of the embedded database as a user meets it: from the start of the process to the line that
// tells that traffic is taken, and the most memory it had until then. Then the same for a second start.
import { spawn } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const RUNS = 5;
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const results = fileURLToPath(new URL("./results/", import.meta.url));

const rounds = [];
for (let run = 0; run < RUNS; run++) {
  const directory = mkdtempSync(join(tmpdir(), "leadgate-first-start-"));
  rounds.push({ first: await start(directory), second: await start(directory) });
  rmSync(directory, { recursive: true, force: true });
}

const rows = ["first", "second"].map((which) => ({
  start: which,
  seconds: spread(rounds.map((round) => round[which].seconds)),
  peakMegabytes: spread(rounds.map((round) => round[which].peakMegabytes)),
}));
for (const { start: which, seconds, peakMegabytes } of rows) {
  console.log(`${which} start: ${told(seconds)} s, peak ${told(peakMegabytes)} MB (median, least to most of ${RUNS})`);
}
mkdirSync(results, { recursive: true });
const machine = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model };
writeFileSync(`${results}first-start.json`, `${JSON.stringify({ machine, rows }, null, 2)}\n`);

async function start(directory) {
  const began = performance.now();
  const child = spawn(process.execPath, [main, "serve"], {
    cwd: directory,
    env: { ...process.env, DATA_DIR: join(directory, "data"), PORT: "0", LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  let printed = "";
  for await (const chunk of child.stdout) {
    printed += chunk;
    if (printed.includes("leadgate listening")) break;
  }
  const seconds = (performance.now() - began) / 1000;
  const status = readFileSync(`/proc/${child.pid}/status`, "utf8");
  const peakMegabytes = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) / 1024;
  child.kill("SIGTERM");
  await new Promise((resolve) => child.once("exit", resolve));
  return { seconds, peakMegabytes };
}

function spread(values) {
  const sorted = values.toSorted((a, b) => a - b);
  const round = (value) => Math.round(value * 100) / 100;
  return { median: round(sorted[Math.floor(sorted.length / 2)]), least: round(sorted[0]), most: round(sorted.at(-1)) };
}

function told({ median, least, most }) {
  return `${median} (${least} to ${most})`;
}
