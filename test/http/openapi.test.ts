import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import type { Response, Test } from "supertest";
import { uuidV7 } from "../../src/base/ids.ts";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import { addKey } from "../support/answers.ts";
import { ADMIN_KEY } from "../support/instance.ts";
import { type MailingInstance, startMailing } from "../support/mailing.ts";
import { createAnswerCheck, type OpenApi, operationsOf, routesOf } from "../support/openapi.ts";

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const operations = operationsOf(document);
const check = createAnswerCheck(document);

let instance: MailingInstance;
beforeAll(async () => {
  instance = await startMailing({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
});
afterAll(() => instance.close());

test("the document is valid by the official schema of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(structuredClone(document) as object as Record<string, unknown>);
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document).toMatchObject({ openapi: "3.1.0" });
});

test("every route is in the document, and every operation of it is a route", () => {
  const routes = routesOf(instance.app.http);
  expect(routes.length).toBeGreaterThan(20);
  const documented = operations.map(({ method, path }) => `${method} ${path}`);
  expect(routes.toSorted()).toEqual(documented.toSorted());
});

test("every operation has a name of its own, a summary, and an answer", () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of operations) expect(Object.keys(operation.responses)).not.toEqual([]);
});

test("every error the document tells of is a problem of RFC 9457, with an example", () => {
  const errors = operations.flatMap(({ operationId, responses }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400)
      .map(([status, { $ref, content = {} }]) => [operationId, status, $ref ?? Object.keys(content).join()]),
  );
  expect(errors.length).toBeGreaterThan(50);
  // Pages for people, and readiness, which monitors read.
  const others = errors.filter(([, status, told]) => told !== `#/components/responses/Problem${status}`);
  expect(others.map(([id, status]) => `${id} ${status}`).toSorted()).toEqual([
    "confirm 404",
    "confirmPage 404",
    "getReadiness 503",
    "unsubscribe 404",
    "unsubscribePage 404",
  ]);
  for (const { content = {} } of Object.values(document.components.responses)) {
    expect(Object.keys(content)).toEqual(["application/problem+json"]);
  }
});

test("every example is what its schema says", () => {
  let seen = 0;
  const faults: string[] = [];
  for (const { path, method, requestBody } of operations) {
    for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
      seen++;
      const pointer = ["paths", path, method, "requestBody", "content", type, "schema"];
      faults.push(...check.faultsOfExample(pointer, example));
    }
  }
  for (const [name, { content = {} }] of Object.entries(document.components.responses)) {
    const { examples } = content["application/problem+json"] as { examples: Record<string, { value: unknown }> };
    for (const { value } of Object.values(examples)) {
      seen++;
      const pointer = ["components", "responses", name, "content", "application/problem+json", "schema"];
      faults.push(...check.faultsOfExample(pointer, value));
    }
  }
  expect(faults).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});

const as = (request: Test, key = ADMIN_KEY) => request.set("Authorization", `Bearer ${key}`);
const post = (path: string, body?: object) => as(instance.http.post(path)).send(body ?? {});
const get = (path: string) => as(instance.http.get(path));
const someone = () => `${uuidV7()}@example.com`;

async function aLead(): Promise<string> {
  const { body } = await post("/v1/leads", { email: someone(), firstName: "Ann" });
  return body.id;
}

async function quarantined(email?: string): Promise<string> {
  const { body } = await post("/webhooks/hook", { note: uuidV7(), ...(email !== undefined && { mail_addr: email }) });
  return body.quarantineId;
}

async function aHook(): Promise<string> {
  const { body } = await post("/v1/hooks", { url: "http://127.0.0.1:9/x".replace(":9", ":18999"), events: ["lead.created"] });
  return body.id;
}

async function tokenOf(what: "unsubscribe" | "confirm"): Promise<string> {
  const leadId = await aLead();
  const { createLinks } = await import("../../src/flow/links.ts");
  const { value } = await instance.app.database.prisma.instance.findUniqueOrThrow({ where: { name: "link-secret" } });
  const links = createLinks(Buffer.from(value, "base64url"), () => "");
  return what === "unsubscribe" ? links.unsubscribeUrl(leadId) : links.confirmUrl(leadId);
}

type Drive = () => Promise<Response[]>;

/** Requests for each operation: at least one that succeeds, and ways to have it refused. */
const DRIVES: Readonly<Record<string, Drive>> = {
  async postForm() {
    const form = (source: string) => instance.http.post(`/forms/${source}`);
    return [
      await form("contact").type("form").send({ email: someone() }),
      await form("contact").send({ email: someone() }).set("Accept", "text/html"),
      await form("contact").send({ note: "no address" }),
      await form("contact").type("text").send("x"),
      await form("contact").type("json").send("{"),
      await form("nobody").send({ email: someone() }),
    ];
  },
  preflightForm: async () => [await instance.http.options("/forms/contact").set("Origin", "https://a.example")],
  async postWebhook() {
    const event = { id: uuidV7(), object: "event", type: "checkout.session.completed", livemode: true, created: 1772000000 };
    const session = { object: "checkout.session", amount_total: 100, currency: "eur", payment_status: "paid" };
    const paid = { ...event, data: { object: { id: uuidV7(), ...session, customer_details: { email: someone() } } } };
    const body = { email: someone() };
    return [
      await post("/webhooks/hook", body),
      await post("/webhooks/hook", body),
      await post("/webhooks/hook", paid),
      await post("/webhooks/hook", [body, { email: someone() }, { note: 1 }, paid]),
      await post("/webhooks/hook", { note: "no address" }),
      await post("/webhooks/nobody", body),
      await instance.http.post("/webhooks/hook").send(body),
    ];
  },
  async postLeads() {
    const body = { email: someone(), firstName: "Ann", attributes: { plan: "pro" } };
    return [
      await post("/v1/leads", body),
      await post("/v1/leads", body),
      await post("/v1/leads", { ...body, firstName: "Anna" }),
      await post("/v1/leads?followUps=off", [body, { email: "no" }, { email: someone() }, body]),
      await post("/v1/leads", { email: "no" }),
      await post("/v1/leads", { email: someone(), consent: "yes" }),
      await post("/v1/leads", { email: someone(), source: "nobody" }),
      await post("/v1/leads?x=1", body),
      await as(instance.http.post("/v1/leads")).type("text").send("x"),
    ];
  },
  async postEvents() {
    const event = { id: uuidV7(), type: "order.paid", email: someone(), value: 1, currency: "eur", source: "hook" };
    return [
      await post("/v1/events", event),
      await post("/v1/events", event),
      await post("/v1/events", [event, { ...event, id: uuidV7() }, { id: 1 }]),
      await post("/v1/events", { ...event, type: "" }),
    ];
  },
  async listLeads() {
    await aLead();
    await aLead();
    return [await get("/v1/leads?limit=1"), await get("/v1/leads?status=new&sort=createdAt"), await get("/v1/leads?x=1")];
  },
  async getLead() {
    const id = await aLead();
    const first = await get(`/v1/leads/${id}`);
    return [
      first,
      await get(`/v1/leads/${id}`).set("If-None-Match", first.headers.etag!),
      await get(`/v1/leads/${uuidV7()}`),
    ];
  },
  async getTimeline() {
    const email = someone();
    const { body } = await post("/v1/leads", { email });
    await post("/v1/leads", { email, firstName: "Ann" });
    await post("/v1/events", { id: uuidV7(), type: "order.paid", email, source: "hook" });
    await instance.deliver();
    return [await get(`/v1/leads/${body.id}/timeline`), await get(`/v1/leads/${uuidV7()}/timeline`)];
  },
  async patchLead() {
    const id = await aLead();
    const patch = (body: object) => as(instance.http.patch(`/v1/leads/${id}`)).send(body);
    const taken = someone();
    await post("/v1/leads", { email: taken });
    return [
      await patch({ firstName: null, status: "won" }).set("If-Match", "*"),
      await patch({ firstName: "A" }).set("If-Match", '"1"'),
      await patch({ firstName: "A" }),
      await patch({ nonsense: 1 }).set("If-Match", "*"),
      await patch({ email: taken }).set("If-Match", "*"),
      await as(instance.http.patch(`/v1/leads/${uuidV7()}`)).send({ status: "won" }).set("If-Match", "*"),
      await patch({}).type("text").send("x").set("If-Match", "*"),
    ];
  },
  listMessages: async () => [await get("/v1/messages?limit=1"), await get("/v1/messages?status=x")],
  async getMessage() {
    const id = await instance.lead(someone());
    return [await get(`/v1/messages/${id}`), await get(`/v1/messages/${uuidV7()}`)];
  },
  async retryMessage() {
    instance.standIn.behave = () => ({ status: 400, problem: "no" });
    const id = await instance.lead(someone());
    await instance.deliver();
    instance.standIn.behave = () => "accept";
    return [
      await post(`/v1/messages/${id}/retry`),
      await post(`/v1/messages/${id}/retry`),
      await post(`/v1/messages/${uuidV7()}/retry`),
      await post(`/v1/messages/${id}/retry`, { acceptDuplicate: 1 }),
    ];
  },
  async listQuarantine() {
    await quarantined();
    return [await get("/v1/quarantine?limit=1"), await get("/v1/quarantine?limit=0")];
  },
  getQuarantined: async () => [await get(`/v1/quarantine/${await quarantined()}`), await get(`/v1/quarantine/${uuidV7()}`)],
  async retryQuarantined() {
    const id = await quarantined();
    const mended = await quarantined();
    const payload = { email: someone() };
    await instance.app.database.prisma.quarantined.update({ where: { id: mended }, data: { payload } });
    return [
      await post(`/v1/quarantine/${mended}/retry`),
      await post(`/v1/quarantine/${mended}/retry`),
      await post(`/v1/quarantine/${id}/retry`),
      await post(`/v1/quarantine/${uuidV7()}/retry`),
    ];
  },
  getStats: async () => [await get("/v1/stats")],
  getMe: async () => [await get("/v1/me"), await instance.http.get("/v1/me")],
  createKey: async () => [
    await post("/v1/keys", { name: "shop", scopes: ["ingest"] }),
    await post("/v1/keys", { name: "", scopes: [] }),
  ],
  listKeys: async () => [await get("/v1/keys?limit=1"), await get("/v1/keys?x=1")],
  async revokeKey() {
    const { body } = await post("/v1/keys", { name: "gone", scopes: ["read"] });
    const revoke = (id: string) => as(instance.http.delete(`/v1/keys/${id}`));
    return [await revoke(body.id), await revoke(body.id), await revoke(uuidV7())];
  },
  createHook: async () => [
    await post("/v1/hooks", { url: "https://hooks.example.com/x", events: ["lead.created", "message.sent"] }),
    await post("/v1/hooks", { url: "ftp://hooks.example.com/x", events: [] }),
  ],
  async listHooks() {
    await aHook();
    return [await get("/v1/hooks?limit=1")];
  },
  async deleteHook() {
    const id = await aHook();
    const remove = () => as(instance.http.delete(`/v1/hooks/${id}`));
    return [await remove(), await remove(), await as(instance.http.delete("/v1/hooks/x"))];
  },
  async testHook() {
    return [await post(`/v1/hooks/${await aHook()}/test`), await post(`/v1/hooks/${uuidV7()}/test`)];
  },
  async listDeliveries() {
    const id = await aHook();
    await post(`/v1/hooks/${id}/test`);
    await aLead();
    return [await get(`/v1/hooks/${id}/deliveries`), await get(`/v1/hooks/${uuidV7()}/deliveries`)];
  },
  unsubscribePage: async () => [await instance.http.get(await tokenOf("unsubscribe")), await instance.http.get("/unsubscribe/x")],
  unsubscribe: async () => [await instance.http.post(await tokenOf("unsubscribe")), await instance.http.post("/unsubscribe/x")],
  confirmPage: async () => [await instance.http.get(await tokenOf("confirm")), await instance.http.get("/confirm/x")],
  confirm: async () => [await instance.http.post(await tokenOf("confirm")), await instance.http.post("/confirm/x")],
  getHealth: async () => [await instance.http.get("/healthz")],
  getReadiness: async () => [await instance.http.get("/readyz")],
  getProblem: async () => [await instance.http.get("/problems/malformed")],
  async postSendGridEvents() {
    const { body, headers } = instance.standIn.signEvents([{ event: "delivered", message_id: uuidV7(), timestamp: 1 }]);
    const send = () => instance.http.post("/sendgrid/events").type("json");
    return [await send().set(headers).send(body), await send().send(body)];
  },
  getOpenApi: async () => [await instance.http.get("/openapi.json")],
  getDocs: async () => [await instance.http.get("/docs")],
  getDocsFile: async () => [await instance.http.get("/docs/init.js"), await instance.http.get("/docs/none.js")],
};

describe("each operation answers as the document says", () => {
  test.each(operations.map((operation) => [operation.operationId, operation] as const))("%s", async (id, operation) => {
    const drive = DRIVES[id];
    expect(drive).toBeDefined();
    const answers = await drive!();
    const faults = answers.flatMap((answer) => check.faultsOf(id, answer));
    expect(faults).toEqual([]);
    // The answers a caller hopes for have all been seen, but those that need what is out of reach here.
    const hoped = Object.keys(operation.responses).filter((status) => Number(status) < 400 && !OUT_OF_REACH.has(`${id} ${status}`));
    expect(answers.map(({ status }) => String(status))).toEqual(expect.arrayContaining(hoped));
  });

  test.each(operations.filter(({ security }) => security.some((one) => "bearer" in one)).map((one) => [one.operationId, one] as const))(
    "%s, to a caller without a key and to one whose key may not",
    async (id, { method, path, security }) => {
      const address = path.replace("{id}", uuidV7()).replace("{source}", "hook");
      const call = () => instance.http[method as "get"](address);
      const answers = [await call()];
      const [scope] = security[0]!.bearer!;
      if (scope !== undefined) answers.push(await as(call(), await addKey(instance, scope === "ingest" ? "read" : "ingest")));
      expect(answers.map(({ status }) => status)).toEqual(scope === undefined ? [401] : [401, 403]);
      expect(answers.flatMap((answer) => check.faultsOf(id, answer))).toEqual([]);
    },
  );

  test("no operation is driven that is not there", () => {
    expect(Object.keys(DRIVES).toSorted()).toEqual(operations.map(({ operationId }) => operationId).toSorted());
  });
});

/** A form without `redirects` sends nobody anywhere. */
const OUT_OF_REACH = new Set(["postForm 303"]);
