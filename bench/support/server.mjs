import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const DATABASE_SERVER = process.env.BENCH_DATABASE_URL ?? "postgresql://postgres@127.0.0.1:5432/postgres";
export const KEY = "lg_bench-administrator-key-0123456789";
const main = fileURLToPath(new URL("../../dist/main.js", import.meta.url));
let made = 0;

/** Makes an empty database of its own; `drop` takes it away. */
export async function scratchDatabase() {
  const name = `leadgate_bench_${process.pid}_${made++}`;
  await onServer(`CREATE DATABASE ${name}`);
  const url = new URL(DATABASE_SERVER);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => onServer(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`) };
}

async function onServer(sql) {
  const client = new pg.Client({ connectionString: DATABASE_SERVER });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** Runs statements in a database. */
export async function inDatabase(url, ...statements) {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  let result;
  for (const sql of statements) result = await client.query(sql);
  await client.end();
  return result;
}

/**
 * Starts Leadgate: `kind` is `embedded` or `postgres`, with an empty database unless one is given, and `command` is
 * `serve` or `worker`.
 */
export async function startLeadgate({
  kind = "postgres",
  settings = {},
  given,
  command = "serve",
  nodeOptions = [],
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), "leadgate-bench-"));
  const made = kind === "postgres" && given === undefined ? await scratchDatabase() : undefined;
  const database = given ?? made;
  const environment = {
    PORT: "0",
    LEADGATE_ADMIN_KEY: KEY,
    LOG_LEVEL: "info",
    FORM_RATE_LIMIT: "0",
    DATA_DIR: join(folder, "data"),
    ...(database && { DATABASE_URL: database.url }),
    ...settings,
  };
  const child = await start([...nodeOptions, main, command], folder, environment);
  return {
    ...child,
    databaseUrl: database?.url,
    stop: async () => {
      await child.stop();
      await made?.drop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Starts one of `bench/contenders`. */
export async function startContender(name, databaseUrl) {
  const file = fileURLToPath(new URL(`../contenders/${name}.mjs`, import.meta.url));
  return start([file], process.cwd(), { DATABASE_URL: databaseUrl ?? "" });
}

async function start(parameters, cwd, environment) {
  const env = { PATH: process.env.PATH, HOME: process.env.HOME, NODE_ENV: "production", ...environment };
  // The log goes where a service's log goes: to a file descriptor, not through this process.
  const child = spawn(process.execPath, parameters, { cwd, env, stdio: ["ignore", "pipe", "ignore"] });
  const ended = new Promise((resolve) => child.once("exit", resolve));
  const url = await new Promise((resolve, reject) => {
    let told = "";
    child.stdout.on("data", (chunk) => {
      told += chunk;
      const ready = /listening on (\S+)|worker running/.exec(told);
      if (ready !== null) resolve(ready[1]);
    });
    ended.then((code) => reject(new Error(`it ended with ${code} before it listened`)));
  });
  return {
    url,
    pid: child.pid,
    stop: async () => {
      child.kill("SIGTERM");
      await ended;
    },
  };
}
