import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { addKey, expectProblem } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
let lead: string;
beforeAll(async () => {
  instance = await startInstance();
  lead = (await instance.post("/v1/leads", { email: "ann@example.com", firstName: "Ann" })).body.id;
  await instance.post("/v1/leads", { email: "bob@example.com" });
  await instance.deliver();
  instance.clock.advance(1_000);
  await instance.post("/v1/leads", { email: "cleo@example.com" });
});
afterAll(() => instance.close());

test("the outbox is found by status, template and lead, newest first, without the mails' text", async () => {
  const find = async (query: string) => (await instance.get(`/v1/messages?${query}`).expect(200)).body.data;
  const all = await find("");
  expect(all.map(({ status }: { status: string }) => status)).toEqual(["queued", "previewed", "previewed"]);
  expect(await find("status=previewed&limit=1")).toHaveLength(1);
  expect(await find("status=sent")).toEqual([]);
  expect(await find("template=welcome")).toHaveLength(3);
  expect(await find("template=other")).toEqual([]);
  expect(await find(`leadId=${lead}`)).toEqual([expect.objectContaining({ leadId: lead, template: "welcome" })]);
  expect(all[0]).not.toHaveProperty("html");
  for (const [query, name] of [
    ["status=odd", "status"],
    ["leadId=7", "leadId"],
    ["template=%00", "template"],
  ]) {
    expectProblem(await instance.get(`/v1/messages?${query}`), 400, "malformed", name);
  }
});

test("one message is told with the mail as it was rendered", async () => {
  const { body } = await instance.get(`/v1/messages?leadId=${lead}`);
  const message = (await instance.get(`/v1/messages/${body.data[0].id}`).expect(200)).body;
  expect(message).toMatchObject({ status: "previewed", subject: expect.stringMatching(/\w/) });
  expect([message.html, message.text].map((part) => part.includes("Ann"))).toEqual([true, true]);
  expectProblem(await instance.get(`/v1/messages/${lead}`), 404, "not-found");
});

test("what was set aside is listed by source, a page at a time", async () => {
  for (const note of ["1", "2", "3"]) {
    instance.clock.advance(1_000);
    await instance.post("/webhooks/odd", { note }).expect(422);
  }
  await instance.post("/webhooks/even", { note: "4" }).expect(422);
  const first = (await instance.get("/v1/quarantine?source=odd&limit=2").expect(200)).body;
  const rest = (await instance.get(`/v1/quarantine?source=odd&limit=2&cursor=${first.nextCursor}`).expect(200)).body;
  const notes = [...first.data, ...rest.data].map(({ payload }) => payload.note);
  expect([notes, rest.nextCursor]).toEqual([["3", "2", "1"], null]);
  expect(first.data[0]).toMatchObject({ channel: "webhook", source: "odd", sightings: 1, reason: expect.any(String) });
});

test("statistics count everything by its kind", async () => {
  await instance.post("/v1/leads", { email: "cleo@example.com" }).expect("Idempotent-Replayed", "true");
  await instance.http.post("/forms/x").send({ email: "r@example.com", _gotcha: "x" }).expect(200);
  await instance.post("/webhooks/x", { email: "t@example.com", is_test: true }).expect(200);
  expect((await instance.get("/v1/stats").expect(200)).body).toMatchObject({
    ...{ leads: 3, submissions: 3, replays: 1, quarantined: 4, spam: 1, test: 1 },
    messages: { queued: 1, previewed: 2 },
  });
});

test("a key learns its name and scopes, and without the scope to read it reads nothing else", async () => {
  const key = await addKey(instance, "ingest");
  const get = (path: string) => instance.http.get(path).set("X-Api-Key", key);
  expect((await get("/v1/me").expect(200)).body).toEqual({ name: "ingest", scopes: ["ingest"] });
  const paths = [
    "/v1/leads",
    `/v1/leads/${lead}`,
    `/v1/leads/${lead}/timeline`,
    "/v1/messages",
    "/v1/quarantine",
    "/v1/stats",
  ];
  for (const path of paths) {
    expectProblem(await get(path), 403, "forbidden");
    expectProblem(await instance.http.get(path), 401, "unauthorized");
    await instance.http
      .get(path)
      .set("X-Api-Key", await addKey(instance, "read"))
      .expect(200);
  }
  expectProblem(await instance.http.get("/v1/me"), 401, "unauthorized");
});

test("anyone may ask whether it lives and can work, and learns nothing more", async () => {
  expect((await instance.http.get("/healthz").expect(200)).body).toEqual({ status: "ok" });
  expect((await instance.http.get("/readyz").expect(200)).body).toMatchObject({ status: "ready", reasons: [] });
});

test("what is not there is told as a problem, whatever the method", async () => {
  for (const path of ["/", "/v1", "/v1/nothing", "/forms", "/webhooks/", "/favicon.ico", "/v1/leads/x/y/z"]) {
    expectProblem(await instance.get(path), 404, "not-found");
    expectProblem(await instance.post(path, {}), 404, "not-found");
  }
  expectProblem(await instance.http.put("/v1/stats"), 404, "not-found");
});
