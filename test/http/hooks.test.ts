import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { Webhook } from "standardwebhooks";
import { uuidV7 } from "../../src/base/ids.ts";
import { addKey, expectProblem, leadOf } from "../support/answers.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { deliveriesOf, makeHook, removeAllHooks, removeHook, startHooked } from "../support/hooks.ts";
import { ADMIN_KEY, type Instance } from "../support/instance.ts";

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

const register = (events: readonly string[] = ["lead.created", "lead.updated"], url = receiver.url) =>
  makeHook(instance, url, events);
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
    await removeHook(instance, hook.id);
    await removeHook(instance, hook.id);
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
    expect(await deliveriesOf(instance, id)).toHaveLength(1);
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

  test("a lead that is changed by hand is told as changed, as it stands then", async () => {
    const { body: lead } = await instance.post("/v1/leads", { email: someone() });
    await register();
    const patch = (body: object) =>
      instance.http
        .patch(`/v1/leads/${lead.id}`)
        .set({ Authorization: `Bearer ${ADMIN_KEY}`, "If-Match": "*" })
        .send(body);
    const { body: patched } = await patch({ status: "won" }).expect(200);
    await patch({ status: "won" }).expect(200);
    await instance.app.sendHooks();
    expect(receiver.received.map(({ body }) => [body.type, body.data])).toEqual([["lead.updated", patched]]);
  });

  test("an erased lead takes what hooks were to be told of it along", async () => {
    const { id } = await register();
    const email = someone();
    const { body } = await instance.post("/v1/leads", { email });
    await instance.app.database.prisma.lead.delete({ where: { id: body.id } });
    await instance.app.sendHooks();
    expect(receiver.received).toEqual([]);
    expect(await deliveriesOf(instance, id)).toEqual([]);
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
    expect(await deliveriesOf(instance, id)).toMatchObject([
      { id: queued.id, status: "delivered", responseStatus: 200 },
    ]);
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
