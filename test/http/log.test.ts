import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { createLog } from "../../src/base/log.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

/** Nothing that holds this may ever be logged: it stands in every address, key, token and text of this run. */
const MARK = "zq7mark";
const SECRET = `${MARK}-secret-of-the-source`;

const lines: Record<string, unknown>[] = [];
let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    configuration: `sources:\n  contact: { kind: form }\n  crm: { kind: webhook, secret: ${SECRET} }\n`,
    settings: { LOG_LEVEL: "trace", LEADGATE_ADMIN_KEY: ADMIN_KEY, BODY_LIMIT: "4kb" },
    onLog: (line) => lines.push(JSON.parse(line)),
  });
});
afterAll(() => instance.close());

/** Every route, with right and wrong keys, good and bad bodies. */
async function useEverything(): Promise<void> {
  const { http } = instance;
  const email = `${MARK}@example.com`;
  const key = `?key=${SECRET}`;
  await http.post("/forms/contact").send({ email, message: MARK }).expect(200);
  await http
    .post("/forms/contact")
    .type("form")
    .send({ email: MARK })
    .set("Referer", `https://x.example/${MARK}`)
    .expect(422);
  await http.post("/forms/contact").field("email", email).attach("cv", Buffer.from(MARK), `${MARK}.pdf`).expect(200);
  await http.post(`/forms/${MARK}`).send({ email }).set("Cookie", `a=${MARK}`).expect(404);
  await http.post(`/webhooks/crm${key}`).send({ email, note: MARK }).expect(200);
  await http
    .post(`/webhooks/crm${key}`)
    .send([{ email }, { email: MARK }])
    .expect(200);
  await http.post(`/webhooks/crm${key}-wrong`).send({ email }).expect(401);
  await http.post("/webhooks/crm").auth(MARK, SECRET).type("json").send(`{"email":"${MARK}`).expect(400);
  await http
    .post("/webhooks/crm")
    .set("X-Api-Key", SECRET)
    .send({ email, a: MARK.repeat(1_000) })
    .expect(413);
  const lead = (await instance.post("/v1/leads", { email, firstName: MARK }).set("Idempotency-Key", MARK)).body.id;
  await instance
    .post("/v1/leads", { email, firstName: `${MARK}2` })
    .set("Idempotency-Key", MARK)
    .expect(422);
  await http.post("/v1/leads").set("Authorization", `Bearer lg_${MARK}`).send({ email }).expect(401);
  for (const path of [
    `/v1/leads?email=${email}&q=${MARK}`,
    `/v1/leads?sort=${MARK}`,
    `/v1/leads/${lead}`,
    `/v1/leads/${MARK}`,
  ]) {
    await instance.get(path);
  }
  await instance.get(`/v1/leads?key=lg_${MARK}`);
  for (const path of [`/v1/leads/${lead}/timeline`, "/v1/quarantine", "/v1/stats", "/v1/me", `/${MARK}/${email}`])
    await instance.get(path);
  await instance.deliver();
  await unsubscribe(lead);
}

async function unsubscribe(lead: string): Promise<void> {
  const { body } = await instance.get(`/v1/messages?leadId=${lead}`);
  const { text } = (await instance.get(`/v1/messages/${body.data[0].id}`)).body;
  const path = /https:\/\/leads\.example\.com(\/unsubscribe\/[\w-]+)/.exec(text)![1]!;
  tokens.push(path.slice("/unsubscribe/".length));
  await instance.http.get(path).expect(200);
  await instance.http.post(path).type("form").send("List-Unsubscribe=One-Click").expect(200);
  await instance.http.post(`/unsubscribe/${MARK}`).expect(404);
}
const tokens: string[] = [];

test("no address, text, key or token is ever logged, however much is logged", async () => {
  await useEverything();
  const text = JSON.stringify(lines);
  expect(lines.length).toBeGreaterThan(20);
  expect(tokens[0]).toMatch(/^[\w-]{43}$/);
  for (const secret of [MARK, ADMIN_KEY, SECRET, tokens[0]!, "Bearer", "example.com"])
    expect(text).not.toContain(secret);
});

test("each request is one flat line: which, where to, how it ended and how long it took", async () => {
  const from = lines.length;
  const { headers } = await instance.http.post("/webhooks/crm").send({});
  await instance.get("/no/such/place");
  const own = lines.slice(from);
  expect(own).toEqual([
    {
      level: 30,
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      requestId: headers["x-request-id"],
      method: "POST",
      route: "/webhooks/:source",
      statusCode: 401,
      responseTime: expect.any(Number),
      msg: "request",
    },
    expect.objectContaining({ method: "GET", route: "unmatched", statusCode: 404 }),
  ]);
});

test("of an error, addresses and keys are taken out, and a database's words, which quote rows, are not logged at all", () => {
  const written: string[] = [];
  const log = createLog("trace", { write: (line) => written.push(line) });
  const quoting = Object.assign(new Error(`Key (email)=(${MARK}@example.com) exists`), {
    name: "DriverAdapterError",
    code: "23505",
  });
  log.error(
    { err: new Error(`at ${MARK}@example.com with lg_${MARK}0123456789?key=${MARK}`, { cause: quoting }) },
    "failed",
  );
  expect(written.join()).not.toContain(MARK);
  expect(written.join()).toContain("23505");
});
