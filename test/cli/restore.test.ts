import { randomBytes } from "node:crypto";
import { cpSync, mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import pg from "pg";
import { until } from "../support/mailing.ts";
import { SendGridStandIn } from "../support/sendgrid-stand-in.ts";
import { runCommand, type Served, serve } from "../support/served.ts";

const server = process.env.TEST_DATABASE_URL;
let directory: string;
let standIn: SendGridStandIn;
let databases: string[];
let running: Served | undefined;
beforeEach(async () => {
  directory = mkdtempSync(join(tmpdir(), "leadgate-restore-"));
  standIn = await SendGridStandIn.start();
  databases = [];
});
afterEach(async () => {
  running?.kill("SIGKILL");
  await running?.ended();
  await standIn.close();
  for (const name of databases) await onServer(`DROP DATABASE ${name} WITH (FORCE)`);
  rmSync(directory, { recursive: true, force: true });
});

async function onServer(sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  await client.query(sql);
  await client.end();
}

/** A database's environment, and a copy of it as a backup makes one. */
async function fresh(): Promise<Record<string, string>> {
  const DATA_DIR = join(directory, randomBytes(4).toString("hex"));
  mkdirSync(DATA_DIR);
  if (server === undefined || server === "") return { DATA_DIR };
  return { DATA_DIR, DATABASE_URL: await copyOf("template1") };
}

async function copyOf(template: string): Promise<string> {
  const name = `leadgate_test_${randomBytes(6).toString("hex")}`;
  await onServer(`CREATE DATABASE ${name} TEMPLATE ${template}`);
  databases.push(name);
  const url = new URL(server!);
  url.pathname = `/${name}`;
  return url.href;
}

async function backup({ DATA_DIR, DATABASE_URL }: Record<string, string>): Promise<Record<string, string>> {
  const copy = `${DATA_DIR}-copy`;
  cpSync(DATA_DIR!, copy, { recursive: true, force: true });
  if (DATABASE_URL === undefined) return { DATA_DIR: copy };
  return { DATA_DIR: copy, DATABASE_URL: await copyOf(new URL(DATABASE_URL).pathname.slice(1)) };
}

const SENDS = () => ({
  ...{ MAIL_MODE: "live", MAIL_FROM: "hello@example.com", SENDGRID_API_KEY: "SG.key" },
  ...{ SENDGRID_BASE_URL: standIn.url, PUBLIC_URL: "http://127.0.0.1:3000" },
});

async function run(environment: Record<string, string>): Promise<Served> {
  running = await serve(environment);
  return running;
}

async function stop(served: Served): Promise<void> {
  served.kill("SIGTERM");
  await served.ended();
}

const countOf = async (served: Served, status: string) => {
  const { messages } = (await (await served.call("/v1/stats")).json()) as { messages: Record<string, number> };
  return messages[status] ?? 0;
};

test("mail that went out after a backup does not go out again from the restored copy", async () => {
  const place = await fresh();
  // Queued, and nobody who sends: as a backup finds it.
  const before = await run({ ...place, ROLE: "api" });
  for (const name of ["ann", "bob"]) await before.call("/v1/leads", { email: `${name}@example.com` });
  await stop(before);
  const copy = await backup(place);

  const sending = await run({ ...place, ...SENDS() });
  await until(async () => (await countOf(sending, "sent")) === 2);
  await stop(sending);
  expect(standIn.calls).toHaveLength(2);

  const { code, stdout } = await runCommand(["migrate", "--restored", "--json"], copy);
  expect([code, JSON.parse(stdout)]).toEqual([0, { applied: [], held: 2 }]);
  const restored = await run({ ...copy, ...SENDS() });
  expect(await countOf(restored, "uncertain")).toBe(2);
  // A mail of afterwards goes, and those before it in the queue do not.
  await restored.call("/v1/leads", { email: "cy@example.com" });
  await until(async () => (await countOf(restored, "sent")) === 1);
  expect(standIn.calls).toHaveLength(3);
});
