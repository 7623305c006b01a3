import { createHmac } from "node:crypto";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { addKey, expectProblem, leadOf } from "../support/answers.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

const SECRET = "the secret/of+this source";
const STANDARD = `whsec_${Buffer.from("a standard secret of 24+").toString("base64")}`;

let instance: Instance;
let ingest: string;
let read: string;
beforeAll(async () => {
  instance = await startInstance({
    configuration: `
sources:
  crm: { kind: webhook, secret: ["an older secret", "${SECRET}"] }
  standard: { kind: webhook, secret: "${STANDARD}" }
  tally: { kind: webhook, secret: "${SECRET}", signature: tally }
  contact: { kind: form }
`,
  });
  [ingest, read] = [await addKey(instance, "ingest"), await addKey(instance, "read")];
});
afterAll(() => instance.close());

const BODY = JSON.stringify({ email: "ann@example.com" });
const post = (path: string, headers: Record<string, string> = {}, body = BODY) =>
  instance.http
    .post(path)
    .set({ "Content-Type": "application/json", ...headers })
    .send(body);
const basic = (password: string) => `Basic ${Buffer.from(`zapier:${password}`).toString("base64")}`;

test.each<[string, (key: string) => [string, Record<string, string>]]>([
  ["Authorization: Bearer", (key) => ["", { Authorization: `Bearer ${key}` }]],
  ["Authorization: bearer", (key) => ["", { Authorization: `bearer ${key}` }]],
  ["X-Api-Key", (key) => ["", { "X-Api-Key": key }]],
  ["a basic password", (key) => ["", { Authorization: basic(key) }]],
  ["?key=", (key) => [`?key=${encodeURIComponent(key)}`, {}]],
])(
  "%s opens a source with its secret, with an older one, and with a key that may send leads in",
  async (_how, present) => {
    for (const key of [SECRET, "an older secret", ingest, ADMIN_KEY]) {
      const [query, headers] = present(key);
      await post(`/webhooks/crm${query}`, headers).expect(200);
    }
    for (const key of ["wrong", "", `${SECRET}x`, SECRET.slice(0, -1)]) {
      const [query, headers] = present(key);
      expectProblem(await post(`/webhooks/crm${query}`, headers), 401, "unauthorized");
    }
    const [query, headers] = present(read);
    expectProblem(await post(`/webhooks/crm${query}`, headers), 403, "forbidden");
  },
);

test("a source without a secret is opened by a key only", async () => {
  const own = await startInstance();
  try {
    await own.http.post("/webhooks/any").send({ email: "ann@example.com" }).expect(401);
    await own.post("/webhooks/any", { email: "ann@example.com" }).expect(200);
  } finally {
    await own.close();
  }
});

test("one source's secret opens no other, nor own code's way in", async () => {
  expectProblem(await post("/webhooks/standard", { "X-Api-Key": SECRET }), 401, "unauthorized");
  expectProblem(await post("/v1/leads", { "X-Api-Key": SECRET }), 401, "unauthorized");
});

test("Google's key in the body opens a source, and is nowhere to be found afterwards", async () => {
  const lead = {
    google_key: SECRET,
    lead_id: "g-1",
    user_column_data: [{ column_id: "EMAIL", string_value: "google@example.com" }],
  };
  await post("/webhooks/crm", {}, JSON.stringify(lead)).expect(200);
  expectProblem(await post("/webhooks/crm", {}, JSON.stringify({ ...lead, google_key: "wrong" })), 401, "unauthorized");
  await post("/webhooks/crm", {}, JSON.stringify({ google_key: SECRET, lead_id: "g-2", user_column_data: [] })).expect(
    422,
  );
  const { id, ...stored } = await leadOf(instance, "google@example.com");
  const kept = [
    stored,
    (await instance.get(`/v1/leads/${id}/timeline`)).body,
    (await instance.get("/v1/quarantine")).body,
  ];
  expect(JSON.stringify(kept)).not.toContain(SECRET);
});

function signed(secret: string, at: Date, body = BODY): Record<string, string> {
  const [id, timestamp] = ["msg_1", `${Math.floor(at.getTime() / 1_000)}`];
  const key = Buffer.from(secret.replace("whsec_", ""), "base64");
  const signature = createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}

test("a Standard Webhooks signature with the source's secret opens it for five minutes", async () => {
  const now = instance.clock.now();
  await post("/webhooks/standard", signed(STANDARD, now)).expect(200);
  const late = new Date(now.getTime() - 301_000);
  for (const headers of [
    signed(`whsec_${btoa("another")}`, now),
    signed(STANDARD, late),
    signed(STANDARD, now, `${BODY} `),
  ]) {
    expectProblem(await post("/webhooks/standard", headers), 401, "unauthorized");
  }
});

test("where a source names its sender's signature, nothing else opens it, not the administrator's key either", async () => {
  const signature = createHmac("sha256", SECRET).update(BODY).digest("base64");
  await post("/webhooks/tally", { "Tally-Signature": signature }).expect(200);
  for (const key of [SECRET, ADMIN_KEY, ingest]) {
    expectProblem(
      await post(`/webhooks/tally?key=${encodeURIComponent(key)}`, { "X-Api-Key": key }),
      401,
      "unauthorized",
    );
  }
  expectProblem(await post("/webhooks/tally", { "Tally-Signature": signature }, `${BODY} `), 401, "unauthorized");
  expectProblem(await post("/webhooks/tally", signed(STANDARD, instance.clock.now())), 401, "unauthorized");
});

test("sources are named in the configuration or are not there, save api, and a form is no webhook", async () => {
  const key = { "X-Api-Key": ADMIN_KEY };
  expectProblem(await post("/webhooks/unknown", key), 404, "not-found", "source");
  expectProblem(await post("/webhooks/contact", key), 404, "not-found", "source");
  expectProblem(await instance.http.post("/forms/crm").send({ email: "ann@example.com" }), 404, "not-found", "source");
  await post("/webhooks/api", key).expect(200);
});
