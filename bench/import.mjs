// Measures `leadgate import` as a user meets it: 100,000 rows of CSV into an empty database on PostgreSQL, and the same
// file once more. Uses the server of BENCH_DATABASE_URL, where it makes a database of its own and drops it.
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const ROWS = Number(process.env.BENCH_ROWS ?? 100_000);
const server = process.env.BENCH_DATABASE_URL ?? "postgresql://postgres@127.0.0.1:5432/postgres";
const main = fileURLToPath(new URL("../dist/main.js", import.meta.url));
const results = fileURLToPath(new URL("./results/", import.meta.url));
const key = "lg_bench-administrator-key-0123456789";

const folder = mkdtempSync(join(tmpdir(), "leadgate-import-"));
const file = join(folder, "rows.csv");
const name = `leadgate_bench_${process.pid}`;
await writeRows();
await onServer(`CREATE DATABASE ${name}`);
const url = new URL(server);
url.pathname = `/${name}`;
const environment = { ...process.env, DATABASE_URL: url.href, PORT: "0", LEADGATE_ADMIN_KEY: key, LOG_LEVEL: "error" };
const serving = spawn(process.execPath, [main, "serve"], {
  cwd: folder,
  env: environment,
  stdio: ["ignore", "pipe", "inherit"],
});
try {
  const address = await listening();
  const rounds = [];
  for (const round of ["first", "again"]) rounds.push({ round, ...(await importInto(address)) });
  for (const { round, rows, seconds, rowsPerSecond, outcomes, serverCpuSeconds, peakMegabytes } of rounds) {
    const told = Object.entries(outcomes).map(([what, count]) => `${count} ${what}`);
    console.log(`${round}: ${rows} rows in ${seconds} s, ${rowsPerSecond} rows/s (${told.join(", ")})`);
    console.log(
      `  server ${serverCpuSeconds} s of processor, at most ${peakMegabytes.server} MB; import at most ${peakMegabytes.import} MB`,
    );
  }
  mkdirSync(results, { recursive: true });
  const machine = { node: process.version, cores: cpus().length, processor: cpus()[0]?.model, load: loadavg()[0] };
  writeFileSync(join(results, "import.json"), `${JSON.stringify({ machine, rounds }, null, 2)}\n`);
} finally {
  serving.kill("SIGTERM");
  await new Promise((resolve) => serving.once("exit", resolve));
  await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
  rmSync(folder, { recursive: true, force: true });
}

async function writeRows() {
  const out = createWriteStream(file);
  out.write("First Name;Nachname;E-Mail;Telefon;Firma;Land;Nachricht;utm_source;Lead Score\r\n");
  for (let row = 0; row < ROWS; row++) {
    const line = `Ann;Müller ${row};person${row}@example.com;+49 30 ${1_000_000 + row};"Firma; ${row}";DE;"Zeile 1\nZeile 2";google;${row % 100}\r\n`;
    if (!out.write(line)) await new Promise((resolve) => out.once("drain", resolve));
  }
  await new Promise((resolve) => out.end(resolve));
}

async function listening() {
  let told = "";
  for await (const chunk of serving.stdout) {
    told += chunk;
    const address = /listening on (\S+)/.exec(told)?.[1];
    if (address !== undefined) return address;
  }
  throw new Error("the server did not start");
}

async function importInto(address) {
  const before = cpuSeconds(serving.pid);
  const child = spawn(process.execPath, [main, "import", file, "--json", "--url", address, "--key", key], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  let out = "";
  let peak = 0;
  const watching = setInterval(() => {
    peak = Math.max(peak, peakMegabytesOf(child.pid));
  }, 200);
  for await (const chunk of child.stdout) out += chunk;
  clearInterval(watching);
  const { rows, seconds, created, replayed, refused } = JSON.parse(out.trimEnd().split("\n").at(-1));
  return {
    ...{ rows, seconds, rowsPerSecond: Math.round(rows / seconds), outcomes: { created, replayed, refused } },
    serverCpuSeconds: Math.round((cpuSeconds(serving.pid) - before) * 10) / 10,
    peakMegabytes: { server: peakMegabytesOf(serving.pid), import: peak },
  };
}

/** Fields 14 and 15 of /proc/<pid>/stat: ticks of 10 ms. */
function cpuSeconds(pid) {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ")[1].split(" ");
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function peakMegabytesOf(pid) {
  try {
    return Math.round(Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1024);
  } catch {
    return 0;
  }
}

async function onServer(sql) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}
