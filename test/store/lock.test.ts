import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { openDatabase } from "../../src/store/client.ts";
import { lockDataDirectory } from "../../src/store/lock.ts";

let directory: string;
let file: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "leadgate-lock-"));
  file = join(directory, "leadgate.lock");
});
const children: ChildProcess[] = [];
afterEach(async () => {
  for (const child of children.splice(0)) await end(child);
  rmSync(directory, { recursive: true });
});

/** What a process writes into the lock, with another process id put in. */
function writeLock(change: { pid?: number; startedAt?: string }): void {
  const own = lockDataDirectory(directory);
  const holder = JSON.parse(readFileSync(file, "utf8"));
  own.release();
  writeFileSync(file, JSON.stringify({ ...holder, ...change }));
}

async function startProcess(): Promise<ChildProcess & { pid: number }> {
  const child = spawn(process.execPath, ["-e", "console.log(1); setInterval(() => {}, 1000)"], {
    stdio: ["ignore", "pipe", "ignore"],
  });
  children.push(child);
  await once(child.stdout!, "data");
  return child as ChildProcess & { pid: number };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, "exit");
  child.kill("SIGKILL");
  await ended;
}

test("an embedded database that is open is refused to a second opening, which names the process", async () => {
  const database = await openDatabase({ dataDirectory: directory, poolSize: 1 });
  await expect(openDatabase({ dataDirectory: directory, poolSize: 1 })).rejects.toMatchObject({
    kind: "locked",
    publicMessage: expect.stringContaining(`process ${process.pid}`),
  });
  await database.close();
  await (await openDatabase({ dataDirectory: directory, poolSize: 1 })).close();
  expect(existsSync(file)).toBe(false);
});

test("the lock of a process that runs is respected, and taken over once it was killed", async () => {
  const child = await startProcess();
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  const tick = readFileSync(`/proc/${child.pid}/stat`, "utf8").split(") ")[1]!.split(" ")[19];
  writeLock({ pid: child.pid, startedAt: `${boot} ${tick}` });
  expect(() => lockDataDirectory(directory)).toThrow(`process ${child.pid}`);
  await end(child);
  const lock = lockDataDirectory(directory);
  expect(JSON.parse(readFileSync(file, "utf8")).pid).toBe(process.pid);
  lock.release();
});

test("a process that has the id of a dead holder by chance does not keep the lock", async () => {
  const child = await startProcess();
  writeLock({ pid: child.pid });
  lockDataDirectory(directory).release();
});

test("a server that is process 1 of its container starts again after a crash", () => {
  writeLock({ pid: process.pid, startedAt: "an-earlier-boot 17" });
  lockDataDirectory(directory).release();
  expect(existsSync(file)).toBe(false);
});

test("a lock that is just being written is not torn away", () => {
  writeFileSync(file, "");
  utimesSync(file, new Date(), new Date(Date.now() + 60_000));
  expect(() => lockDataDirectory(directory)).toThrow(/is being opened by another process/);
  expect(existsSync(file)).toBe(true);
});

test("a lock that was cut short while it was written is taken over", () => {
  writeFileSync(file, '{"pid":');
  utimesSync(file, new Date(0), new Date(0));
  lockDataDirectory(directory).release();
});

test("release does not remove a lock that has become another's", () => {
  const lock = lockDataDirectory(directory);
  writeFileSync(file, "another's");
  lock.release();
  expect(readFileSync(file, "utf8")).toBe("another's");
});
