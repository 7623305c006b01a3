import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addKey, expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ configuration: "sources:\n  shop: { kind: webhook, dedupeWindow: 1h }\n" });
});
afterAll(() => instance.close());

const take = (body: object | string, query = "") => instance.post(`/v1/leads${query}`, body);
const under = (key: string, body: object | string) => take(body).type("json").set("Idempotency-Key", key);

test("a new lead is 201, a known one 200, and the answer says what it did", async () => {
  const at = (time: string, company: string) => ({ email: "Ann@Example.com", company, occurredAt: time });
  const created = await take(at("2026-02-01T10:00:00Z", "One")).expect(201);
  expect(created.body).toEqual({
    id: expect.any(String),
    submissionId: expect.any(String),
    outcome: "created",
    email: "ann@example.com",
    followUps: [{ template: "welcome", status: "queued" }],
  });
  const outcomes = [
    await take(at("2026-02-02T10:00:00Z", "Two")).expect(200),
    await take(at("2026-02-01T12:00:00+01:00", "Older")).expect(200),
    await take(at("2026-02-03T10:00:00Z", "Two")).expect(200),
  ].map(({ body }) => body);
  expect(outcomes.map(({ outcome }) => outcome)).toEqual(["updated", "stale", "unchanged"]);
  expect(new Set(outcomes.map(({ id }) => id))).toEqual(new Set([created.body.id]));
  expect(outcomes[0].followUps).toEqual([{ template: "welcome", status: "already-sent", messageStatus: "queued" }]);
});

test.each<[string, object]>([
  ["email", {}],
  ["email", { email: 7 }],
  ["email", { email: "nobody" }],
  ["firstName", { email: "a@example.com", firstName: 7 }],
  ["phone", { email: "a@example.com", phone: 4930123456 }],
  ["message", { email: "a@example.com", message: ["a"] }],
  ["consent", { email: "a@example.com", consent: "yes" }],
  ["occurredAt", { email: "a@example.com", occurredAt: "2026-02-01T10:00:00" }],
  ["occurredAt", { email: "a@example.com", occurredAt: "0000-01-01T00:00:00Z" }],
  ["occurredAt", { email: "a@example.com", occurredAt: 1_768_760_222 }],
  ["utm", { email: "a@example.com", utm: "google" }],
  ["utm.source", { email: "a@example.com", utm: { source: 7 } }],
  ["attributes", { email: "a@example.com", attributes: ["a"] }],
  ["source", { email: "a@example.com", source: "A B" }],
  ["submissionId", { email: "a@example.com", submissionId: "" }],
])("a wrong %s is refused by its path, with the mend", async (path, body) => {
  const refused = await take(body);
  expectProblem(refused, 422, "(invalid-email|invalid-field)", path);
  expect(refused.body.errors[0].message).toMatch(/must|give|type|check|such as/i);
});

test("all faults are told at once", async () => {
  const { body } = await take({ email: 1, firstName: 2, utm: { term: 3 }, consent: 4 }).expect(422);
  expect(body.errors.map(({ path }: { path: string }) => path).sort()).toEqual([
    "consent",
    "email",
    "firstName",
    "utm.term",
  ]);
});

test("what has no field of its own is kept as attributes", async () => {
  const said = {
    plan: "pro",
    utm: { source: "ads", id: "c-1" },
    attributes: { seats: 5 },
    firstname: "not a name here",
  };
  await take({ email: "kept@example.com", ...said }).expect(201);
  expect(await leadOf(instance, "kept@example.com")).toMatchObject({
    source: "api",
    firstName: null,
    utm: { source: "ads" },
    attributes: { plan: "pro", seats: 5, firstname: "not a name here", "utm.id": "c-1" },
  });
});

test("a full name fills empty names only", async () => {
  await take({ email: "full@example.com", fullName: "Ada King Lovelace", lastName: "Byron" }).expect(201);
  expect(await leadOf(instance, "full@example.com")).toMatchObject({ firstName: "Ada", lastName: "Byron" });
});

test("?followUps=off queues no mail, and a misspelt option sends none by mistake", async () => {
  const { messages } = await statsOf(instance);
  expect((await take({ email: "quiet@example.com" }, "?followUps=off").expect(201)).body.followUps).toEqual([]);
  expectProblem(await take({ email: "typo@example.com" }, "?followups=off"), 400, "malformed", "followups");
  expectProblem(await take({ email: "typo@example.com" }, "?followUps=no"), 400, "malformed", "followUps");
  expect(await leadOf(instance, "typo@example.com")).toBeNull();
  expect((await statsOf(instance)).messages).toEqual(messages);
});

test("own code speaks for a source that is there, under its rules", async () => {
  expectProblem(await take({ email: "s@example.com", source: "unknown" }), 404, "not-found", "source");
  const send = () => take({ email: "s@example.com", source: "shop" });
  await send().expect(201);
  await send().expect("Idempotent-Replayed", "true");
  instance.clock.advance(3_600_000);
  expect((await send()).headers["idempotent-replayed"]).toBeUndefined();
  expect(await leadOf(instance, "s@example.com")).toMatchObject({ source: "shop", submissionCount: 2 });
});

test("a key needs the scope to send leads in", async () => {
  const post = (key: string) => instance.http.post("/v1/leads").set("X-Api-Key", key).send({ email: "k@example.com" });
  expectProblem(await post(await addKey(instance, "read")), 403, "forbidden");
  expectProblem(await post("lg_unknown"), 401, "unauthorized");
  expectProblem(await instance.http.post("/v1/leads").send({}), 401, "unauthorized");
  await post(await addKey(instance, "ingest")).expect(201);
});

describe("an Idempotency-Key", () => {
  test("makes a retry get the first answer: status, bytes and all, and nothing changes", async () => {
    const first = await under("retry-1", { email: "retry@example.com", message: "ä" }).expect(201);
    const [lead, stats] = [await leadOf(instance, "retry@example.com"), await statsOf(instance)];
    const again = await under("retry-1", { email: "retry@example.com", message: "ä" }).expect(201);
    expect(again.text).toBe(first.text);
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expect(first.headers["idempotent-replayed"]).toBeUndefined();
    expect(await leadOf(instance, "retry@example.com")).toEqual(lead);
    expect(await statsOf(instance)).toEqual({ ...stats, replays: stats.replays + 1 });
  });

  test("means one content, however its JSON is written", async () => {
    await under("form-1", '{"email":"same@example.com","attributes":{"a":1.0,"b":"\\u00e4"}}').expect(201);
    const again = await under("form-1", '{ "attributes": {"b":"ä", "a":1}, "email":"same@example.com" }');
    expect(again.headers["idempotent-replayed"]).toBe("true");
    expectProblem(await under("form-1", { email: "same@example.com" }), 422, "idempotency-key-reuse");
  });

  test("has 1 to 255 visible ASCII characters", async () => {
    for (const key of ["x", `!~${"k".repeat(253)}`]) await under(key, { email: "key@example.com", message: key });
    for (const key of ["", "k".repeat(256), "a b", "a\tb", "ä"]) {
      expectProblem(await under(key, { email: "badkey@example.com" }), 400, "malformed", "Idempotency-Key");
    }
    expect(await leadOf(instance, "key@example.com")).toMatchObject({ submissionCount: 2 });
    expect(await leadOf(instance, "badkey@example.com")).toBeNull();
  });

  test("of a refused request is free for the mended one", async () => {
    expectProblem(await under("mend-1", { email: "nobody" }), 422, "invalid-email", "email");
    await under("mend-1", { email: "mended@example.com" }).expect(201);
  });

  test("belongs to its source", async () => {
    await under("both", { email: "both@example.com" }).expect(201);
    expect((await under("both", { email: "both@example.com", source: "shop" }).expect(200)).body.outcome).toBe(
      "unchanged",
    );
  });

  test("is shared by fifty twins at once: all get the one answer", async () => {
    const twins = Array.from({ length: 50 }, () => under("twins", { email: "twins@example.com" }));
    const answers = await Promise.all(twins);
    expect(new Set(answers.map(({ status, text }) => `${status} ${text}`)).size).toBe(1);
    expect(await leadOf(instance, "twins@example.com")).toMatchObject({ submissionCount: 1 });
  });
});

test("without any id, the same content twice is one submission, for a day and while it is the newest", async () => {
  const send = async (message: string) => {
    instance.clock.advance(1_000);
    return (await take({ email: "hash@example.com", message })).body.submissionId;
  };
  const [one, again, two, back] = [await send("1"), await send("1"), await send("2"), await send("1")];
  expect(again).toBe(one);
  expect(new Set([one, two, back]).size).toBe(3);
  instance.clock.advance(86_400_000 - 2_000);
  expect(await send("1")).toBe(back);
  expect(await send("1")).not.toBe(back);
  expect(await leadOf(instance, "hash@example.com")).toMatchObject({ submissionCount: 4 });
});

test("in an array each item is told by itself, faults by their paths", async () => {
  const { body } = await take([{ email: "x1@example.com", submissionId: "x1" }, { email: 1 }, "x"]).expect(200);
  expect(body.results).toEqual([
    expect.objectContaining({ outcome: "created" }),
    { error: expect.objectContaining({ status: 422, errors: [expect.objectContaining({ path: "email" })] }) },
    { error: expect.objectContaining({ status: 400 }) },
  ]);
  expectProblem(await take(Array(1_001).fill({})), 413, "too-large");
  expect((await take([]).expect(200)).body).toEqual({ results: [] });
});
