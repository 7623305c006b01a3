import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { runCommand, type Served, serve } from "../support/served.ts";

let directory: string;
let running: Served[];
const start = async (environment: Record<string, string> = {}) => {
  const served = await serve({ DATA_DIR: join(directory, "data"), ...environment });
  running.push(served);
  return served;
};
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "leadgate-process-"));
  running = [];
});
afterEach(async () => {
  for (const served of running) served.kill("SIGKILL");
  await Promise.all(running.map((served) => served.ended()));
  rmSync(directory, { recursive: true, force: true });
});

const lead = (index: number) => ({ email: `lead-${index}@example.com`, firstName: "Ann" });
const dump = async (served: Served) => {
  const { data } = (await (await served.call("/v1/leads?sort=createdAt&limit=200")).json()) as { data: object[] };
  return data;
};

test("killed in the middle of the work and started again: the same leads, the same answers", async () => {
  const first = await start();
  const answers = new Map<number, string>();
  const posts = Array.from({ length: 60 }, async (_, index) => {
    const response = await first.call("/v1/leads", lead(index));
    answers.set(index, await response.text());
    if (answers.size === 30) first.kill("SIGKILL");
  });
  await Promise.allSettled(posts);
  await first.ended();
  expect(answers.size).toBeGreaterThanOrEqual(30);

  const second = await start();
  for (const [index, answer] of answers) {
    const again = await second.call("/v1/leads", lead(index));
    expect(again.headers.get("idempotent-replayed")).toBe("true");
    expect(await again.text()).toBe(answer);
  }
});

test("killed and started again, every lead reads as before", async () => {
  const first = await start({ ROLE: "api" });
  await first.call("/v1/leads", [lead(1), lead(2), lead(3)]);
  const before = await dump(first);
  first.kill("SIGKILL");
  await first.ended();
  const second = await start({ ROLE: "api" });
  expect(await dump(second)).toEqual(before);
});

test("a second process on the same data ends with exit 2 and one line that names the first", async () => {
  const first = await start();
  const second = await runCommand(["serve"], { PORT: "0", DATA_DIR: join(directory, "data") });
  expect(second.code).toBe(2);
  expect(second.stderr.trim().split("\n")).toHaveLength(1);
  expect(second.stderr).toContain(`process ${first.pid}`);
});

test("asked to stop, it answers what is under way and ends with exit 0", async () => {
  const served = await start();
  const posts = Array.from({ length: 20 }, (_, index) => served.call("/v1/leads", lead(index)));
  await Promise.race(posts);
  served.kill("SIGTERM");
  const settled = await Promise.allSettled(posts);
  expect(await served.ended()).toBe(0);
  const answered = settled.filter(({ status }) => status === "fulfilled").length;
  const again = await start();
  const { leads } = (await (await again.call("/v1/stats")).json()) as { leads: number };
  expect(leads).toBeGreaterThanOrEqual(answered);
});

test("the administrator's key is printed on the very first start only, and works from then on", async () => {
  const environment = { DATA_DIR: join(directory, "data"), LEADGATE_ADMIN_KEY: "" };
  const first = await start(environment);
  const key = /^administrator key: (lg_\S+)$/m.exec(first.output().stdout)?.[1];
  expect(first.output().stdout.trim().split("\n")).toHaveLength(2);
  first.kill("SIGTERM");
  await first.ended();
  const second = await start(environment);
  expect(second.output().stdout).not.toContain("administrator key");
  const me = await fetch(`${second.url}/v1/me`, { headers: { "X-Api-Key": key ?? "" } });
  expect(await me.json()).toEqual({ name: "administrator", scopes: ["admin"] });
});

test("every bad setting is told in a line of its own, and nothing starts", async () => {
  const { code, stderr } = await runCommand(["serve"], {
    PORT: "70000",
    MAIL_MODE: "loud",
    LEADGATE_ADMIN_KEY_FILE: join(directory, "nowhere"),
  });
  expect(code).toBe(2);
  expect(
    stderr
      .trim()
      .split("\n")
      .map((line) => line.split(":")[0]),
  ).toEqual(expect.arrayContaining(["PORT", "MAIL_MODE", "LEADGATE_ADMIN_KEY_FILE"]));
});

test("a port in use is told with what to do", async () => {
  const first = await start();
  const { code, stderr } = await runCommand(["serve"], {
    PORT: new URL(first.url).port,
    DATA_DIR: join(directory, "other"),
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/in use by another program; set another PORT/);
});

test("SIGHUP reads the configuration anew; with a fault in it the old one stays in force", async () => {
  const file = join(directory, "leadgate.config.yaml");
  writeFileSync(file, "sources: { contact: { kind: webhook } }\n");
  const served = await start({ LEADGATE_CONFIG: file });
  const statusOf = async (source: string) => (await served.call(`/webhooks/${source}`, lead(1))).status;
  const heard = async (pattern: RegExp) => {
    while (!pattern.test(served.output().stderr)) await new Promise((resolve) => setImmediate(resolve));
  };
  expect(await statusOf("shop")).toBe(404);
  writeFileSync(file, "sources: { contact: { kind: webhook }, shop: { kind: webhook } }\n");
  served.kill("SIGHUP");
  await heard(/read anew/);
  expect(await statusOf("shop")).toBe(200);
  writeFileSync(file, "sources: { contact: { kind: telepathy } }\n");
  served.kill("SIGHUP");
  await heard(/the old one stays in force/);
  expect(served.output().stderr).toContain("leadgate.config.yaml:1: sources.contact.kind");
  expect(await statusOf("shop")).toBe(200);
});
