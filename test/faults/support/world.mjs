// What the fault runs stand on: a copy of the build, a PostgreSQL database of their own, worker processes, the stand-in.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { transformSync } from "@swc/core";
import pg from "pg";

const root = fileURLToPath(new URL("../../../", import.meta.url));
const SERVER = process.env.TEST_DATABASE_URL || "postgresql://postgres@127.0.0.1:5432/postgres";

/** A copy of the build below node_modules, so that building anew meanwhile changes nothing here. */
export function copyBuild() {
  const place = join(root, "node_modules", ".cache", `leadgate-faults-${process.pid}`);
  mkdirSync(place, { recursive: true });
  for (const folder of ["dist", "prisma"]) cpSync(join(root, folder), join(place, folder), { recursive: true });
  writeFileSync(join(place, "package.json"), '{"type":"module"}');
  writeFileSync(join(place, "leadgate.config.yaml"), "");
  return {
    place,
    main: join(place, "dist/main.js"),
    load: (name) => import(pathToFileURL(join(place, "dist", name)).href),
    remove: () => rmSync(place, { recursive: true, force: true }),
  };
}

/** Loads a TypeScript file of test/support that imports nothing but Node's own modules. */
export async function loadSupport(build, name) {
  const source = readFileSync(join(root, "test/support", name), "utf8");
  const options = { jsc: { target: "es2022", parser: { syntax: "typescript" } }, module: { type: "es6" } };
  const file = join(build.place, name.replace(/\.ts$/, ".js"));
  writeFileSync(file, transformSync(source, options).code);
  return import(pathToFileURL(file).href);
}

/** A migrated database of its own on a PostgreSQL server. */
export async function createDatabase(build, server = SERVER) {
  const name = `leadgate_faults_${randomBytes(5).toString("hex")}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = Object.assign(new URL(server), { pathname: `/${name}` }).href;
  const { openDatabase } = await build.load("store/client.js");
  await (await openDatabase({ url, dataDirectory: "unused", poolSize: 1 })).close();
  const pool = new pg.Pool({ connectionString: url, max: 4 });
  const drop = async () => {
    await pool.end();
    await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { url, pool, query: async (sql, values) => (await pool.query(sql, values)).rows, drop };
}

async function onServer(server, sql) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** SQL that makes leads with a follow-up each that is due. */
export const seedSql = (count) => [
  `INSERT INTO leads (id, email, email_as_given, first_name, source, stamps, created_at, updated_at, last_submission_at)
   SELECT gen_random_uuid(), 'lead-' || gen_random_uuid() || '@example.com', 'lead@example.com', 'Ann', 'hook',
     '{"fields":{},"attributes":{}}', now(), now(), now() FROM generate_series(1, ${count})`,
  `INSERT INTO sent_messages (id, lead_id, template, rule, channel, due_at, created_at, updated_at)
   SELECT gen_random_uuid(), id, 'welcome', 'welcome', 'webhook', now(), now(), now() FROM leads
   WHERE NOT EXISTS (SELECT 1 FROM sent_messages WHERE lead_id = leads.id)`,
];

export async function seed(database, count) {
  for (const sql of seedSql(count)) await database.query(sql);
}

export async function empty(database) {
  await database.query("TRUNCATE leads, mail_pauses CASCADE");
}

/** How many follow-ups stand at each status. */
export async function standing(database) {
  const rows = await database.query("SELECT status, count(*)::int AS count FROM sent_messages GROUP BY status");
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

export const open = ({ queued = 0, sending = 0 }) => queued + sending;

const running = new Set();

/** Ends what a run that broke off has left behind. */
export function killAll() {
  for (const child of running) child.kill("SIGKILL");
}

/** Starts a real process: `worker`, or `serve` with the port it listens on. */
export async function startProcess(build, command, settings) {
  const child = spawn(process.execPath, [build.main, command], {
    cwd: build.place,
    env: {
      PATH: process.env.PATH,
      LOG_LEVEL: "fatal",
      LEADGATE_ADMIN_KEY: "lg_fault-run-administrator-key",
      PUBLIC_URL: "https://leads.example.com",
      MAIL_MODE: "live",
      MAIL_FROM: "Example <hello@example.com>",
      SENDGRID_API_KEY: "SG.key",
      ...settings,
    },
    stdio: ["ignore", "pipe", "inherit"],
  });
  running.add(child);
  const ended = new Promise((resolve) => child.once("exit", resolve));
  child.once("exit", () => running.delete(child));
  const url = await new Promise((resolve, reject) => {
    let text = "";
    child.stdout.on("data", (chunk) => {
      text += chunk;
      const told = /leadgate (?:worker running|listening on (\S+))/.exec(text);
      if (told) resolve(told[1]);
    });
    child.once("exit", (code) => reject(new Error(`${command} ended with ${code} before it ran`)));
  });
  return { child, url, ended };
}

export async function stopProcess({ child, ended }) {
  child.kill("SIGTERM");
  await ended;
}

/** Takes connections and says nothing: a TLS handshake with it never ends. */
export async function startBlackHole(onConnection) {
  const sockets = new Set();
  const server = createServer((socket) => {
    sockets.add(socket.on("error", () => undefined));
    onConnection();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const close = () => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  };
  return { url: `https://127.0.0.1:${server.address().port}`, close };
}

export const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

export async function until(holds, what, limitMs = 300_000) {
  for (const end = Date.now() + limitMs; !(await holds()); await sleep(100)) {
    if (Date.now() > end) throw new Error(`it never came to hold: ${what}`);
  }
}
