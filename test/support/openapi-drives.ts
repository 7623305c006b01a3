import type { Response, Test } from "supertest";
import { uuidV7 } from "../../src/base/ids.ts";
import { createLinks } from "../../src/flow/links.ts";
import { ADMIN_KEY } from "./instance.ts";
import type { MailingInstance } from "./mailing.ts";

type Drive = () => Promise<Response[]>;

/** Requests for each operation of the document: at least one that succeeds, and ways to have it refused. */
export function drivesOf(instance: MailingInstance): Readonly<Record<string, Drive>> {
  const as = (request: Test, key = ADMIN_KEY) => request.set("Authorization", `Bearer ${key}`);
  const post = (path: string, body?: object) => as(instance.http.post(path)).send(body ?? {});
  const get = (path: string) => as(instance.http.get(path));
  const someone = () => `${uuidV7()}@example.com`;

  async function aLead(): Promise<string> {
    const { body } = await post("/v1/leads", { email: someone(), firstName: "Ann" });
    return body.id;
  }

  async function replayOfErased(): Promise<Response> {
    const body = { email: someone(), submissionId: uuidV7() };
    const { body: lead } = await post("/v1/leads", body);
    await as(instance.http.delete(`/v1/leads/${lead.id}`));
    return post("/v1/leads", body);
  }

  async function quarantined(email?: string): Promise<string> {
    const { body } = await post("/webhooks/hook", { note: uuidV7(), ...(email !== undefined && { mail_addr: email }) });
    return body.quarantineId;
  }

  async function aHook(): Promise<string> {
    const { body } = await post("/v1/hooks", { url: "http://127.0.0.1:18999/x", events: ["lead.created"] });
    return body.id;
  }

  async function tokenOf(what: "unsubscribe" | "confirm"): Promise<string> {
    const leadId = await aLead();
    const { value } = await instance.app.database.prisma.instance.findUniqueOrThrow({ where: { name: "link-secret" } });
    const links = createLinks(Buffer.from(value, "base64url"), () => "");
    return what === "unsubscribe" ? links.unsubscribeUrl(leadId) : links.confirmUrl(leadId);
  }

  return {
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
      const event = {
        id: uuidV7(),
        object: "event",
        type: "checkout.session.completed",
        livemode: true,
        created: 1772000000,
      };
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
        await replayOfErased(),
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
      return [
        await get("/v1/leads?limit=1"),
        await get("/v1/leads?status=new&sort=createdAt"),
        await get("/v1/leads?x=1"),
      ];
    },
    exportLeads: async () => [
      await get("/v1/leads/export"),
      await get("/v1/leads/export?format=ndjson").buffer(true),
      await get("/v1/leads/export?limit=1"),
    ],
    exportSubmissions: async () => [
      await get("/v1/submissions/export").buffer(true),
      await get("/v1/submissions/export?format=csv"),
    ],
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
        await as(instance.http.patch(`/v1/leads/${uuidV7()}`))
          .send({ status: "won" })
          .set("If-Match", "*"),
        await patch({}).type("text").send("x").set("If-Match", "*"),
      ];
    },
    async deleteLead() {
      const email = someone();
      const { body } = await post("/v1/leads", { email });
      const erase = () => as(instance.http.delete(`/v1/leads/${body.id}`));
      return [await erase(), await erase(), await as(instance.http.delete("/v1/leads/x"))];
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
    getQuarantined: async () => [
      await get(`/v1/quarantine/${await quarantined()}`),
      await get(`/v1/quarantine/${uuidV7()}`),
    ],
    async retryQuarantined() {
      const id = await quarantined();
      const [mended, known] = [await quarantined(), await quarantined()];
      const email = someone();
      const { quarantined: table } = instance.app.database.prisma;
      await table.update({ where: { id: mended }, data: { payload: { email } } });
      await table.update({ where: { id: known }, data: { payload: { email, firstName: "Ann" } } });
      return [
        await post(`/v1/quarantine/${mended}/retry`),
        await post(`/v1/quarantine/${mended}/retry`),
        await post(`/v1/quarantine/${known}/retry`),
        await post(`/v1/quarantine/${id}/retry`),
        await post(`/v1/quarantine/${uuidV7()}/retry`),
      ];
    },
    requeueMessages: async () => [
      await post("/v1/messages/requeue", { status: "failed" }),
      await post("/v1/messages/requeue", { status: "uncertain" }),
      await post("/v1/messages/requeue", { status: "sent" }),
    ],
    testTemplate: async () => [
      await post("/v1/templates/welcome/test", { to: someone() }),
      await post("/v1/templates/welcome/test", { to: "nobody" }),
      await post("/v1/templates/none/test", { to: someone() }),
    ],
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
    unsubscribePage: async () => [
      await instance.http.get(await tokenOf("unsubscribe")),
      await instance.http.get("/unsubscribe/x"),
    ],
    unsubscribe: async () => [
      await instance.http.post(await tokenOf("unsubscribe")),
      await instance.http.post("/unsubscribe/x"),
    ],
    confirmPage: async () => [await instance.http.get(await tokenOf("confirm")), await instance.http.get("/confirm/x")],
    confirm: async () => [await instance.http.post(await tokenOf("confirm")), await instance.http.post("/confirm/x")],
    getHealth: async () => [await instance.http.get("/healthz")],
    getReadiness: async () => [await instance.http.get("/readyz")],
    getProblem: async () => [await instance.http.get("/problems/malformed")],
    async postSendGridEvents() {
      const { body, headers } = instance.standIn.signEvents([
        { event: "delivered", message_id: uuidV7(), timestamp: 1 },
      ]);
      const send = () => instance.http.post("/sendgrid/events").type("json");
      return [await send().set(headers).send(body), await send().send(body)];
    },
    getMetrics: async () => [await get("/metrics")],
    getOpenApi: async () => [await instance.http.get("/openapi.json")],
    getDocs: async () => [await instance.http.get("/docs")],
    getDocsFile: async () => [await instance.http.get("/docs/init.js"), await instance.http.get("/docs/none.js")],
  };
}
