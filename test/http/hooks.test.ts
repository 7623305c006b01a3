import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { uuidV7 } from "../../src/base/ids.ts";
import { createLog } from "../../src/base/log.ts";
import { createHooking } from "../../src/flow/hooking.ts";
import { addKey, expectProblem, leadOf } from "../support/answers.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";
import { countOf } from "../support/rows.ts";

let instance: Instance;
let receiver: HookReceiver;
beforeAll(async () => {
  instance = await startInstance({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
  // Receivers' libraries refuse what is older than five minutes by their own clock.
  instance.clock.advance(Date.now() - instance.clock.now().getTime());
});
afterAll(() => instance.close());
beforeEach(async () => {
  receiver = await startHookReceiver();
});
afterEach(async () => {
  for (const { id } of (await instance.get("/v1/hooks?limit=200")).body.data) await remove(id);
  await receiver.close();
});

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

async function register(events: readonly string[] = ["lead.created", "lead.updated"], url = receiver.url) {
  const { body } = await instance.post("/v1/hooks", { url, events }).expect(201);
  return body as { id: string; secret: string; url: string; events: string[] };
}

function remove(id: string) {
  return instance.http.delete(`/v1/hooks/${id}`).set("Authorization", `Bearer ${ADMIN_KEY}`).expect(204);
}

async function deliveriesOf(id: string) {
  return (await instance.get(`/v1/hooks/${id}/deliveries`).expect(200)).body.data;
}

let people = 0;
const someone = () => `someone-${++people}@example.com`;

describe("subscribing", () => {
  test("a hook is made with a secret that is shown once, and unmade twice without an error", async () => {
    const hook = await register(["lead.created", "lead.created"]);
    expect(hook).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7/),
      url: receiver.url,
      events: ["lead.created"],
      createdAt: instance.clock.now().toISOString(),
      disabledAt: null,
      disabledReason: null,
      secret: expect.stringMatching(/^whsec_[A-Za-z0-9+/]{32,}={0,2}$/),
    });
    expect(Buffer.from(hook.secret.slice(6), "base64").length).toBeGreaterThanOrEqual(24);
    const { secret: _, ...shown } = hook;
    const list = await instance.get("/v1/hooks").expect(200);
    expect(list.body).toEqual({ data: [shown], nextCursor: null });
    expect(list.text).not.toContain("whsec_");
    await remove(hook.id);
    await remove(hook.id);
    expect((await instance.get("/v1/hooks")).body.data).toEqual([]);
  });

  test.each([
    ["no url", { events: ["lead.created"] }, "url"],
    ["a url that is none", { url: "hooks.example.com", events: ["lead.created"] }, "url"],
    ["another protocol", { url: "ftp://example.com/", events: ["lead.created"] }, "url"],
    ["a password in the url", { url: "https://ann:secret@example.com/", events: ["lead.created"] }, "url"],
    ["no events", { url: "https://example.com/" }, "events"],
    ["an empty list of events", { url: "https://example.com/", events: [] }, "events"],
    ["an event that is none", { url: "https://example.com/", events: ["lead.deleted"] }, "events.0"],
    [
      "a field that hooks don't have",
      { url: "https://example.com/", events: ["lead.created"], active: true },
      "active",
    ],
  ])("%s is refused by name", async (_what, body, path) => {
    expectProblem(await instance.post("/v1/hooks", body), 422, "invalid-field", path);
  });

  test("a read key sees hooks and their deliveries and changes none; an ingest key sees none", async () => {
    const { id } = await register();
    const as = (key: string) => ({ Authorization: `Bearer ${key}` });
    const read = as(await addKey(instance, "read"));
    const ingest = as(await addKey(instance, "ingest"));
    await instance.http.get("/v1/hooks").set(read).expect(200);
    await instance.http.get(`/v1/hooks/${id}/deliveries`).set(read).expect(200);
    await instance.http
      .post("/v1/hooks")
      .set(read)
      .send({ url: receiver.url, events: ["lead.created"] })
      .expect(403);
    await instance.http.delete(`/v1/hooks/${id}`).set(read).expect(403);
    await instance.http.post(`/v1/hooks/${id}/test`).set(read).expect(403);
    await instance.http.get("/v1/hooks").set(ingest).expect(403);
    await instance.http.get(`/v1/hooks/${id}/deliveries`).set(ingest).expect(403);
    await instance.http.get("/v1/hooks").expect(401);
  });

  test("the deliveries of a hook that is not there are not found", async () => {
    expectProblem(await instance.get(`/v1/hooks/${uuidV7()}/deliveries`), 404, "not-found");
    expectProblem(await instance.post(`/v1/hooks/${uuidV7()}/test`, {}), 404, "not-found");
  });
});

describe("telling", () => {
  test("a new lead and a changed one are told once each, signed so that the official library takes it", async () => {
    const { secret } = await register();
    const email = someone();
    const { body: created } = await instance.post("/v1/leads", { email, firstName: "Ann" }).expect(201);
    await instance.post("/v1/leads", { email, firstName: "Anna" }).expect(200);
    await instance.app.sendHooks();
    expect(receiver.received.map(({ body }) => body.type).sort()).toEqual(["lead.created", "lead.updated"]);
    for (const { text, headers, body } of receiver.received) {
      expect(new Webhook(secret).verify(text, headers as Record<string, string>)).toEqual(body);
      expect(headers["content-type"]).toBe("application/json");
      expect(body.data).toMatchObject({ id: created.id, email });
    }
    const updated = receiver.received.find(({ body }) => body.type === "lead.updated")!;
    expect(updated.body.data).toEqual(await leadOf(instance, email));
    const forged = { ...updated.headers, "webhook-id": uuidV7() } as unknown as Record<string, string>;
    expect(() => new Webhook(secret).verify(updated.text, forged)).toThrow();
  });

  test("a replay, a stale submission and one that changes nothing are not told", async () => {
    const email = someone();
    const post = (key: string, body: object) =>
      instance.post("/v1/leads", { email, ...body }).set("Idempotency-Key", key);
    await post(`${email}-1`, { firstName: "Ann", occurredAt: "2026-02-01T00:00:00Z" }).expect(201);
    await register();
    await post(`${email}-1`, { firstName: "Ann", occurredAt: "2026-02-01T00:00:00Z" }).expect(201);
    await post(`${email}-2`, { firstName: "Old", occurredAt: "2026-01-01T00:00:00Z" }).expect(200);
    await post(`${email}-3`, { firstName: "Ann", occurredAt: "2026-02-01T00:00:00Z" }).expect(200);
    await instance.app.sendHooks();
    expect(receiver.received).toEqual([]);
  });

  test("twenty twins at once tell of one new lead once", async () => {
    const { id } = await register();
    const email = someone();
    const twin = () => instance.post("/v1/leads", { email, firstName: "Ann" }).set("Idempotency-Key", `twin-${email}`);
    await Promise.all(Array.from({ length: 20 }, twin));
    await instance.app.sendHooks();
    expect(receiver.received.map(({ body }) => body.type)).toEqual(["lead.created"]);
    expect(await deliveriesOf(id)).toHaveLength(1);
  });

  test("hooks are told what they listen to and nothing else", async () => {
    await register(["lead.updated"]);
    await instance.post("/v1/leads", { email: someone() });
    await instance.app.sendHooks();
    expect(receiver.received).toEqual([]);
  });

  test("an array tells of each of its leads, and two hooks are both told", async () => {
    await register(["lead.created"], `${receiver.url}/one`);
    await register(["lead.created"], `${receiver.url}/two`);
    await instance.post("/v1/leads", [{ email: someone() }, { email: someone() }, { email: "nobody" }]);
    await instance.app.sendHooks();
    expect(receiver.received.map(({ path }) => path).sort()).toEqual([
      "/hook/one",
      "/hook/one",
      "/hook/two",
      "/hook/two",
    ]);
  });

  test("a lead that unsubscribes is told as changed", async () => {
    const email = someone();
    await instance.post("/v1/leads", { email });
    await instance.app.deliverDue();
    const { body } = await instance.get(`/v1/messages?leadId=${(await leadOf(instance, email)).id}`);
    const message = (await instance.get(`/v1/messages/${body.data[0].id}`)).body;
    const link = /https:\/\/leads\.example\.com(\/unsubscribe\/[\w-]+)/.exec(message.html)![1]!;
    await register();
    await instance.http.post(link).expect(200);
    await instance.http.post(link).expect(200);
    await instance.app.sendHooks();
    expect(receiver.received.map(({ body }) => [body.type, body.data.suppressed])).toEqual([["lead.updated", true]]);
  });

  test("an erased lead takes what hooks were to be told of it along", async () => {
    const { id } = await register();
    const email = someone();
    const { body } = await instance.post("/v1/leads", { email });
    await instance.app.database.prisma.lead.delete({ where: { id: body.id } });
    await instance.app.sendHooks();
    expect(receiver.received).toEqual([]);
    expect(await deliveriesOf(id)).toEqual([]);
  });

  test("a test call arrives, signed like any other, at that hook alone", async () => {
    const { id, secret } = await register(["message.sent"], `${receiver.url}/one`);
    await register(["message.sent"], `${receiver.url}/two`);
    const { body: queued } = await instance.post(`/v1/hooks/${id}/test`, {}).expect(202);
    expect(queued).toMatchObject({ hookId: id, event: "hook.test", status: "pending", attempts: 0 });
    await instance.app.sendHooks();
    const [call, ...others] = receiver.received;
    expect([call!.path, others]).toEqual(["/hook/one", []]);
    expect(new Webhook(secret).verify(call!.text, call!.headers as Record<string, string>)).toMatchObject({
      type: "hook.test",
      data: { hookId: id },
    });
    expect(await deliveriesOf(id)).toMatchObject([{ id: queued.id, status: "delivered", responseStatus: 200 }]);
  });
});

describe("trying again", () => {
  test("an unreachable receiver is tried again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h, then given up", async () => {
    const { id } = await register(["lead.created"]);
    await instance.post("/v1/leads", { email: someone() });
    receiver.answerWith(...Array.from({ length: 20 }, () => 500));
    const waits = [5_000, 5 * MINUTE_MS, 30 * MINUTE_MS, 2 * HOUR_MS, 5 * HOUR_MS, 10 * HOUR_MS, 10 * HOUR_MS];
    await instance.app.sendHooks();
    for (const [index, wait] of waits.entries()) {
      const due = new Date(instance.clock.now().getTime() + wait).toISOString();
      expect(await deliveriesOf(id)).toMatchObject([{ status: "pending", attempts: index + 1, nextAttemptAt: due }]);
      instance.clock.advance(wait - 1);
      await instance.app.sendHooks();
      expect(receiver.received).toHaveLength(index + 1);
      instance.clock.advance(1);
      await instance.app.sendHooks();
      expect(receiver.received).toHaveLength(index + 2);
    }
    expect(await deliveriesOf(id)).toMatchObject([
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
    const { id } = await register(["lead.created"]);
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
    expect((await deliveriesOf(id)).map(({ status }: { status: string }) => status)).toEqual(["failed", "cancelled"]);
    expectProblem(await instance.post(`/v1/hooks/${id}/test`, {}), 409, "conflict");
  });

  test("redirects are not followed", async () => {
    const { id } = await register(["lead.created"]);
    await instance.post("/v1/leads", { email: someone() });
    receiver.answerWith(307);
    await instance.app.sendHooks();
    expect(await deliveriesOf(id)).toMatchObject([
      { status: "pending", responseStatus: 307, reason: expect.stringContaining("redirects are not followed") },
    ]);
  });

  test("a call whose worker died is made again under the same webhook-id, and its late answer changes nothing", async () => {
    const { id } = await register(["lead.created"]);
    await instance.post("/v1/leads", { email: someone() });
    let answerFirst = () => {};
    receiver.answerWith((response) => {
      answerFirst = () => void response.writeHead(500).end();
    });
    const first = instance.app.sendHooks();
    while (receiver.received.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    instance.clock.advance(MINUTE_MS);
    await newWorker().sendDue();
    expect(receiver.received).toHaveLength(2);
    answerFirst();
    await first;
    expect(new Set(receiver.received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(await deliveriesOf(id)).toMatchObject([{ status: "delivered", attempts: 2 }]);
  });

  test("two workers at once call each hook once for each delivery", async () => {
    await register(["lead.created"]);
    await instance.post(
      "/v1/leads",
      Array.from({ length: 40 }, () => ({ email: someone() })),
    );
    await Promise.all([instance.app.sendHooks(), newWorker().sendDue(), newWorker().sendDue()]);
    const ids = receiver.received.map(({ headers }) => headers["webhook-id"]);
    expect([ids.length, new Set(ids).size]).toEqual([40, 40]);
  });

  test("a receiver that hangs holds back no other", async () => {
    const stuck = await startHookReceiver();
    let letGo = () => {};
    stuck.answerWith((response) => {
      letGo = () => void response.end();
    });
    await register(["lead.created"], stuck.url);
    await register(["lead.created"]);
    const worker = newWorker();
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
    const { id } = await register(["lead.created"]);
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
    expect(await deliveriesOf(id)).toMatchObject([{ status: "delivered" }]);
    expect(written).toBeLessThan(20_000_000);
  });

  test("deliveries are kept for a month and then forgotten with the data in them", async () => {
    const { id } = await register(["lead.created"]);
    await instance.post("/v1/leads", { email: someone() });
    await instance.app.sendHooks();
    instance.clock.advance(29 * 24 * HOUR_MS);
    await instance.app.prune();
    expect(await deliveriesOf(id)).toHaveLength(1);
    instance.clock.advance(2 * 24 * HOUR_MS);
    await instance.app.prune();
    expect(await deliveriesOf(id)).toEqual([]);
    expect(await countOf(instance.app.database, "hook_deliveries")).toBe(0);
  });
});

test("the log of deliveries is paged, newest first, each once", async () => {
  const { id } = await register(["lead.created"]);
  await instance.post(
    "/v1/leads",
    Array.from({ length: 7 }, () => ({ email: someone() })),
  );
  const seen: string[] = [];
  let next: string | null = `/v1/hooks/${id}/deliveries?limit=3`;
  while (next !== null) {
    const { body, headers }: { body: { data: { id: string }[] }; headers: Record<string, string> } =
      await instance.get(next);
    seen.push(...body.data.map((one) => one.id));
    next = /<(.*)>; rel="next"/.exec(headers.link ?? "")?.[1] ?? null;
  }
  expect([seen.length, new Set(seen).size]).toEqual([7, 7]);
});

/** Another process on the same database. */
function newWorker() {
  const { app, clock } = instance;
  return createHooking({ database: app.database, clock, log: createLog("silent"), allowPrivate: true });
}
