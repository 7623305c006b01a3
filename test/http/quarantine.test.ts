import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { addKey, expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf } from "../support/rows.ts";

const directory = mkdtempSync(join(tmpdir(), "leadgate-mapping-"));
const file = join(directory, "leadgate.config.yaml");
const BROKEN = `
sources:
  crm: { kind: webhook }
  contact: { kind: form }
`;
const MENDED = `
sources:
  crm: { kind: webhook, map: { email: "kontakt.adresse", company: "firma" } }
  contact: { kind: form, map: { email: "your-contact" } }
`;

let instance: Instance;
beforeAll(async () => {
  writeFileSync(file, BROKEN);
  instance = await startInstance({ settings: { LEADGATE_CONFIG: file } });
});
afterAll(async () => {
  await instance.close();
  rmSync(directory, { recursive: true });
});

const configure = async (text: string) => {
  writeFileSync(file, text);
  await instance.app.reload();
};
const retry = (id: string) => instance.post(`/v1/quarantine/${id}/retry`, {});
const refused = async (path: string, body: object, headers: Record<string, string> = {}) => {
  await configure(BROKEN);
  const { status, body: problem } = await instance.post(path, body).set(headers);
  expect(status).toBe(422);
  await configure(MENDED);
  return problem.quarantineId as string;
};

test("once the mapping is mended, what was refused becomes a lead, as of when it arrived", async () => {
  const id = await refused("/webhooks/crm", {
    email: "nobody",
    kontakt: { adresse: "Ann@Example.com" },
    firma: "Old Ltd",
  });
  const arrivedAt = instance.clock.now();
  instance.clock.advance(3_600_000);
  await instance.post("/v1/leads", { email: "ann@example.com", company: "New Ltd" }).expect(201);
  instance.clock.advance(3_600_000);
  const { status, body } = await retry(id);
  expect(status).toBe(200);
  expect(body).toMatchObject({ outcome: "updated", email: "ann@example.com", submissionId: expect.any(String) });
  // What it says is older than what was said since.
  expect(await leadOf(instance, "ann@example.com")).toMatchObject({
    company: "New Ltd",
    source: "crm",
    submissionCount: 2,
  });
  const { body: entry } = await instance.get(`/v1/quarantine/${id}`).expect(200);
  expect(entry).toMatchObject({
    id,
    source: "crm",
    payload: { firma: "Old Ltd" },
    receivedAt: arrivedAt.toISOString(),
    retriedAt: instance.clock.now().toISOString(),
    submissionId: body.submissionId,
  });
});

test("a new lead of the quarantine is welcomed like any other", async () => {
  const id = await refused("/webhooks/crm", { email: "nobody", kontakt: { adresse: "new@example.com" } });
  const { status, body } = await retry(id);
  expect(status).toBe(201);
  expect(body).toMatchObject({ outcome: "created", followUps: [{ template: "welcome", status: "queued" }] });
});

test("retried twice, even at once, it is one submission and the same answer to the byte", async () => {
  const id = await refused("/webhooks/crm", { email: "nobody", kontakt: { adresse: "twice@example.com" } });
  const answers = await Promise.all([retry(id), retry(id), retry(id)]);
  answers.push(await retry(id));
  expect(new Set(answers.map(({ text, status }) => `${status} ${text}`)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === undefined)).toHaveLength(1);
  expect(await leadOf(instance, "twice@example.com")).toMatchObject({ submissionCount: 1 });
});

test.each([
  ["an Idempotency-Key", { "Idempotency-Key": "order-77" }, {}],
  ["a webhook-id", { "webhook-id": "msg_77" }, {}],
  ["nothing but its content", {}, { unique: "77" }],
])("the sender's own retry after ours is a replay: by %s", async (what, headers, more) => {
  const payload = {
    email: "nobody",
    kontakt: { adresse: `${Object.keys(headers)[0] ?? "hash"}@example.com` },
    what,
    ...more,
  };
  const id = await refused("/webhooks/crm", payload, headers);
  const ours = await retry(id);
  const theirs = await instance.post("/webhooks/crm", payload).set(headers);
  expect(theirs.headers["idempotent-replayed"]).toBe("true");
  expect(theirs.text).toBe(ours.text);
});

test("after the sender has come again by itself, ours is the replay", async () => {
  const payload = { email: "nobody", kontakt: { adresse: "first@example.com" } };
  const headers = { "webhook-id": "msg_first" };
  const id = await refused("/webhooks/crm", payload, headers);
  const theirs = await instance.post("/webhooks/crm", payload).set(headers);
  const ours = await retry(id);
  expect(ours.text).toBe(theirs.text);
  expect(ours.headers["idempotent-replayed"]).toBe("true");
});

test("an item of an array is retried under its own place in the array", async () => {
  await configure(BROKEN);
  const items = [
    { email: "nobody", kontakt: { adresse: "zero@example.com" } },
    { email: "nobody", kontakt: { adresse: "one@example.com" } },
  ];
  const { body } = await instance.post("/webhooks/crm", items).set("Idempotency-Key", "array-1").expect(200);
  await configure(MENDED);
  for (const { error } of body.results) expect((await retry(error.quarantineId)).status).toBe(201);
  const again = await instance.post("/webhooks/crm", items).set("Idempotency-Key", "array-1");
  expect(again.body.results).toMatchObject([{ replayed: true }, { replayed: true }]);
});

test("a form's entry is read by the form's mapping, its control fields left out", async () => {
  const id = await refused("/forms/contact", {
    email: "nobody",
    "your-contact": "form@example.com",
    _submission_id: "s-1",
    _gotcha: "",
  });
  expect((await retry(id)).status).toBe(201);
  const lead = await leadOf(instance, "form@example.com");
  expect(lead).toMatchObject({ source: "contact", attributes: {} });
});

test("still without an address it stays where it is, and can be tried again", async () => {
  const id = await refused("/webhooks/crm", { email: "nobody", kontakt: { adresse: "nobody" } });
  expectProblem(await retry(id), 422, "invalid-email", "email");
  expect((await instance.get(`/v1/quarantine/${id}`)).body).toMatchObject({ retriedAt: null, sightings: 1 });
  const before = (await statsOf(instance)).quarantined;
  await configure(BROKEN.replace("crm: { kind: webhook }", "crm: { kind: webhook, map: { email: mail } }"));
  expectProblem(await retry(id), 422, "invalid-email");
  expect((await statsOf(instance)).quarantined).toBe(before);
  expect(await countOf(instance.app.database, "quarantine", `id = '${id}'`)).toBe(1);
});

test("a source that is configured no more says so and keeps the entry", async () => {
  const id = await refused("/webhooks/crm", { email: "nobody", kontakt: { adresse: "gone@example.com" } });
  await configure("sources: { contact: { kind: form } }");
  expectProblem(await retry(id), 404, "not-found", "source");
  await configure(MENDED);
  expect((await retry(id)).status).toBe(201);
});

test("spam is not in quarantine, nor is what nobody ever sent", async () => {
  await instance.post("/forms/contact", { email: "bot@example.com", _gotcha: "filled" }).expect(200);
  const { body } = await instance.get("/v1/quarantine?limit=200");
  expect(body.data.map(({ source }: { source: string }) => source)).toContain("crm");
  const { id } = await instance.app.database.prisma.quarantined.findFirstOrThrow({ where: { kind: "spam" } });
  expectProblem(await instance.get(`/v1/quarantine/${id}`), 404, "not-found");
  expectProblem(await retry(id), 404, "not-found");
  expectProblem(await retry("0197f0a0-0000-7000-8000-000000000000"), 404, "not-found");
  expectProblem(await retry("x"), 404, "not-found");
});

test("looking needs scope read, retrying scope admin", async () => {
  const id = await refused("/webhooks/crm", { email: "nobody", kontakt: { adresse: "scope@example.com" } });
  const reader = await addKey(instance, "read", "ingest");
  await instance.http.get(`/v1/quarantine/${id}`).set("X-Api-Key", reader).expect(200);
  expectProblem(await instance.http.post(`/v1/quarantine/${id}/retry`).set("X-Api-Key", reader), 403, "forbidden");
  expectProblem(await instance.http.post(`/v1/quarantine/${id}/retry`), 401, "unauthorized");
});
