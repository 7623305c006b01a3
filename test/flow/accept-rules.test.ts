import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf, rowsOf } from "../support/rows.ts";

const CONFIGURATION = `
sources:
  shop: { kind: webhook }
  blog: { kind: webhook }
followUps:
  - { name: hello, on: lead.created, template: welcome }
  - { name: shop-only, on: submission, sources: [shop], template: "sendgrid:d-00000000000000000000000000000001" }
  - { name: germans, on: submission, when: "lead.country == 'DE'", template: "sendgrid:d-00000000000000000000000000000002" }
  - { name: agreed, on: submission, requireConsent: true, template: "sendgrid:d-00000000000000000000000000000003" }
  - { name: later, on: submission, delay: 2h, template: "sendgrid:d-00000000000000000000000000000004" }
`.replaceAll(/"sendgrid:(d-\d+)"/g, "{ sendgrid: $1 }");

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ configuration: CONFIGURATION });
});
afterAll(() => instance.close());

const TEMPLATE = (number: number) => `sendgrid:d-${String(number).padStart(32, "0")}`;
const ofLead = (email: string) => `lead_id = (SELECT id FROM leads WHERE email = '${email}')`;
const decisions = async (email: string) => {
  const rows = await rowsOf<{ rule: string; verdict: string; reason: string | null }>(
    instance.app.database,
    `SELECT rule, verdict, reason FROM decisions WHERE ${ofLead(email)} ORDER BY decided_at, id`,
  );
  return Object.fromEntries(
    rows.map(({ rule, verdict, reason }) => [rule, reason === null ? verdict : `${verdict}: ${reason}`]),
  );
};
const messages = (email: string) =>
  rowsOf<{ rule: string; due: Date; status: string }>(
    instance.app.database,
    `SELECT rule, due_at AS due, status FROM sent_messages WHERE ${ofLead(email)} ORDER BY rule`,
  );

test("each rule decides by its source, condition and consent, and every decision can be read afterwards", async () => {
  const answer = await instance.post("/webhooks/blog", { email: "a@example.com", country: "FR" });
  expect(answer.body.followUps).toEqual([
    { template: "welcome", status: "queued" },
    { template: TEMPLATE(3), status: "no-consent" },
    { template: TEMPLATE(4), status: "queued" },
  ]);
  expect(await decisions("a@example.com")).toEqual({
    hello: "queued",
    "shop-only": expect.stringMatching(/^other-source: .*shop.*blog/),
    germans: expect.stringMatching(/^no-match: .*lead\.country == 'DE'/),
    agreed: "no-consent",
    later: "queued",
  });
  expect((await messages("a@example.com")).map(({ rule }) => rule)).toEqual(["hello", "later"]);
});

test("a mail with a delay falls due that much later", async () => {
  await instance.post("/webhooks/blog", { email: "b@example.com" });
  const [hello, later] = await messages("b@example.com");
  expect(later!.due.getTime() - hello!.due.getTime()).toBe(2 * 3_600_000);
});

test("what was withheld for want of consent or by a condition still goes once they are there, and then once", async () => {
  const post = (more: object) => instance.post("/webhooks/shop", { email: "c@example.com", ...more });
  await post({ message: "1" });
  const agreed = await post({ message: "2", consent: "true", country: "DE" });
  const statusOf = ({ body }: typeof agreed) =>
    Object.fromEntries(
      body.followUps.map(({ template, status }: Record<string, string>) => [template!.at(-1), status]),
    );
  expect(statusOf(agreed)).toEqual({ 1: "already-sent", 2: "queued", 3: "queued", 4: "already-sent" });
  expect(statusOf(await post({ message: "3" }))).toEqual({
    1: "already-sent",
    2: "already-sent",
    3: "already-sent",
    4: "already-sent",
  });
  expect(await countOf(instance.app.database, "sent_messages", ofLead("c@example.com"))).toBe(5);
});

test("`already-sent` says where the mail stands", async () => {
  const post = (message: string) => instance.post("/webhooks/shop", { email: "d@example.com", message });
  await post("1");
  expect((await post("2")).body.followUps[0]).toMatchObject({ status: "already-sent", messageStatus: "queued" });
  await instance.deliver();
  expect((await post("3")).body.followUps[0]).toMatchObject({ status: "already-sent", messageStatus: "previewed" });
});

test("`?followUps=off` keeps the lead and queues no mail", async () => {
  const { body } = await instance.post("/v1/leads?followUps=off", { email: "e@example.com", country: "DE" });
  expect(body).toMatchObject({ outcome: "created", followUps: [] });
  expect(await messages("e@example.com")).toEqual([]);
  const next = await instance.post("/v1/leads", { email: "e@example.com", message: "2" });
  expect(next.body.followUps).toContainEqual({ template: TEMPLATE(2), status: "queued" });
});

test("a lead that has unsubscribed is merged, gets no mail, and keeps its wish whatever it sends", async () => {
  await instance.post("/v1/leads?followUps=off", { email: "f@example.com" });
  await instance.app.database.prisma.lead.update({ where: { email: "f@example.com" }, data: { suppressed: true } });
  const { body } = await instance.post("/webhooks/shop", { email: "f@example.com", company: "New", consent: true });
  expect(new Set(body.followUps.map(({ status }: { status: string }) => status))).toEqual(new Set(["suppressed"]));
  expect(await messages("f@example.com")).toEqual([]);
  expect(
    await countOf(instance.app.database, "leads", "email = 'f@example.com' AND suppressed AND company = 'New'"),
  ).toBe(1);
});
