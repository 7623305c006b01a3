import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { expectProblem } from "../support/answers.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { anotherWorker, deliveriesOf, makeHook, removeAllHooks, startHooked } from "../support/hooks.ts";
import type { Instance } from "../support/instance.ts";
import { countOf } from "../support/rows.ts";

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

let instance: Instance;
let receiver: HookReceiver;
beforeAll(async () => {
  instance = await startHooked();
});
afterAll(() => instance.close());
beforeEach(async () => {
  receiver = await startHookReceiver();
});
afterEach(async () => {
  await removeAllHooks(instance);
  await receiver.close();
});

const register = (url = receiver.url) => makeHook(instance, url, ["lead.created"]);

let people = 0;
const someone = () => `someone-${++people}@example.com`;

test("an unreachable receiver is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, then given up", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  receiver.answerWith(...Array.from({ length: 20 }, () => 500));
  const waits = [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS];
  await instance.app.sendHooks();
  for (const [index, wait] of waits.entries()) {
    const due = new Date(instance.clock.now().getTime() + wait).toISOString();
    expect(await deliveriesOf(instance, id)).toMatchObject([
      { status: "pending", attempts: index + 1, nextAttemptAt: due },
    ]);
    instance.clock.advance(wait - 1);
    await instance.app.sendHooks();
    expect(receiver.received).toHaveLength(index + 1);
    instance.clock.advance(1);
    await instance.app.sendHooks();
    expect(receiver.received).toHaveLength(index + 2);
  }
  expect(await deliveriesOf(instance, id)).toMatchObject([
    { status: "failed", attempts: 8, nextAttemptAt: null, responseStatus: 500, reason: "the receiver answered 500" },
  ]);
  instance.clock.advance(48 * HOUR_MS);
  await instance.app.sendHooks();
  expect(receiver.received).toHaveLength(8);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(new Set(receiver.received.map(({ text }) => text)).size).toBe(1);
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-timestamp"])).size).toBe(8);
});

test("a receiver that answers 410 is never called again, nor told what waits for it", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  receiver.answerWith(500, 410);
  await instance.app.sendHooks();
  instance.clock.advance(1_000);
  await instance.post("/v1/leads", { email: someone() });
  await instance.app.sendHooks();
  const at = instance.clock.now().toISOString();
  const [hook] = (await instance.get("/v1/hooks")).body.data;
  expect(hook).toMatchObject({ disabledAt: at, disabledReason: "its receiver answered 410 (gone)" });
  await instance.post("/v1/leads", { email: someone() });
  instance.clock.advance(HOUR_MS);
  await instance.app.sendHooks();
  expect(receiver.received).toHaveLength(2);
  expect((await deliveriesOf(instance, id)).map(({ status }: { status: string }) => status)).toEqual([
    "failed",
    "cancelled",
  ]);
  expectProblem(await instance.post(`/v1/hooks/${id}/test`, {}), 409, "conflict");
});

test("redirects are not followed", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  receiver.answerWith(307);
  await instance.app.sendHooks();
  expect(await deliveriesOf(instance, id)).toMatchObject([
    { status: "pending", responseStatus: 307, reason: expect.stringContaining("redirects are not followed") },
  ]);
});

test("a call whose worker died is made again under the same webhook-id, and its late answer changes nothing", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  let answerFirst = () => {};
  receiver.answerWith((response) => {
    answerFirst = () => void response.writeHead(500).end();
  });
  const first = instance.app.sendHooks();
  while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  instance.clock.advance(MINUTE_MS);
  await anotherWorker(instance).sendDue();
  expect(receiver.received).toHaveLength(2);
  answerFirst();
  await first;
  expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
  expect(await deliveriesOf(instance, id)).toMatchObject([{ status: "delivered", attempts: 2 }]);
});

test("two workers at once call each hook once for each delivery", async () => {
  await register();
  await instance.post(
    "/v1/leads",
    Array.from({ length: 40 }, () => ({ email: someone() })),
  );
  await Promise.all([instance.app.sendHooks(), anotherWorker(instance).sendDue(), anotherWorker(instance).sendDue()]);
  const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
  expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
});

test("a receiver that hangs holds back no other", async () => {
  const stuck = await startHookReceiver();
  let letGo = () => {};
  stuck.answerWith((response) => {
    letGo = () => void response.end();
  });
  await register(stuck.url);
  await register();
  const worker = anotherWorker(instance);
  for (const expected of [1, 2]) {
    await instance.post("/v1/leads", { email: someone() });
    while (receiver.received.length < expected) await worker.run();
  }
  expect(stuck.received).toHaveLength(1);
  letGo();
  await worker.idle();
  await stuck.close();
});

test("an answer without end is cut, and its status counts", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  let written = 0;
  receiver.answerWith((response) => {
    response.writeHead(200);
    const pour = () => {
      written += 65_536;
      if (response.destroyed) return;
      if (response.write(Buffer.alloc(65_536))) setImmediate(pour);
      else response.once("drain", pour);
    };
    pour();
  });
  await instance.app.sendHooks();
  expect(await deliveriesOf(instance, id)).toMatchObject([{ status: "delivered" }]);
  expect(written).toBeLessThan(20_000_000);
});

test("deliveries are kept for a month and then forgotten with the data in them", async () => {
  const { id } = await register();
  await instance.post("/v1/leads", { email: someone() });
  await instance.app.sendHooks();
  instance.clock.advance(29 * 24 * HOUR_MS);
  await instance.app.prune();
  expect(await deliveriesOf(instance, id)).toHaveLength(1);
  instance.clock.advance(2 * 24 * HOUR_MS);
  await instance.app.prune();
  expect(await deliveriesOf(instance, id)).toEqual([]);
  expect(await countOf(instance.app.database, "hook_deliveries")).toBe(0);
});
