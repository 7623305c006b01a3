import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

const CONFIGURATION = `
sources:
  shop: { kind: webhook }
  contact: { kind: form }
followUps:
  - { name: welcome, on: submission, template: welcome }
  - name: thanks
    on: event:order.paid
    when: "event.value >= 100 && event.currency == 'EUR'"
    template: new-lead
`;

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ configuration: CONFIGURATION });
});
afterAll(() => instance.close());

const order = (id: string, more: object = {}) => ({
  id,
  type: "order.paid",
  email: "buyer@example.com",
  value: 129.5,
  currency: "eur",
  data: { items: 2 },
  source: "shop",
  ...more,
});

async function leadOf(email: string) {
  return (await instance.get(`/v1/leads?email=${encodeURIComponent(email)}`)).body.data[0];
}

test("a paid order that arrives twice counts once and thanks once", async () => {
  const first = await instance.post("/v1/events", order("order-1"));
  const again = await instance.post("/v1/events", order("order-1"));
  expect(first.status).toBe(201);
  expect(first.body).toMatchObject({
    eventId: "order-1",
    outcome: "counted",
    followUps: [{ template: "new-lead", status: "queued" }],
  });
  expect(again.status).toBe(201);
  expect(again.text).toBe(first.text);
  expect(again.headers["idempotent-replayed"]).toBe("true");
  const timeline = await instance.get(`/v1/leads/${first.body.leadId}/timeline?type=event`);
  expect(timeline.body.data).toMatchObject([{ type: "event", eventId: "order-1", value: 129.5, replayCount: 1 }]);
});

test("twins of one event at once are counted once and all get the first answer", async () => {
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => instance.post("/v1/events", order("order-twin", { email: "twins@example.com" }))),
  );
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === undefined)).toHaveLength(1);
});

test("the same order told in other words is still one order", async () => {
  const first = await instance.post("/v1/events", order("order-2"));
  const other = await instance.post("/v1/events", order("order-2", { value: 5, occurredAt: "2026-02-01T00:00:00Z" }));
  expect(other.text).toBe(first.text);
});

test("an unknown address makes a lead that is not welcomed, and a later form fills it in", async () => {
  const counted = await instance.post("/v1/events", order("order-3", { email: "unknown@example.com", value: 1 }));
  expect(counted.body.followUps).toEqual([]);
  const lead = await leadOf("unknown@example.com");
  expect(lead).toMatchObject({ id: counted.body.leadId, submissionCount: 0, source: "shop" });
  const form = await instance.post("/v1/leads", { email: "Unknown@example.com", firstName: "Una" });
  expect(form.body).toMatchObject({ outcome: "updated", followUps: [{ template: "welcome", status: "queued" }] });
});

test("a rule that does not match says why", async () => {
  const { body } = await instance.post("/v1/events", order("order-4", { email: "small@example.com", value: 20 }));
  const timeline = await instance.get(`/v1/leads/${body.leadId}/timeline?type=decision`);
  expect(timeline.body.data).toMatchObject([{ rule: "thanks", verdict: "no-match", eventId: body.id }]);
  expect(timeline.body.data[0].reason).toContain("event.value >= 100");
});

test("Stripe's paid checkout is counted as order.paid, in major units, once however often it is sent", async () => {
  const checkout = {
    id: "evt_1",
    object: "event",
    type: "checkout.session.completed",
    created: 1_772_000_000,
    livemode: true,
    data: {
      object: {
        id: "cs_live_1",
        object: "checkout.session",
        amount_total: 12_950,
        currency: "eur",
        payment_status: "paid",
        customer_details: { email: "Stripe.Buyer@example.com", name: "Sam Buyer", phone: null },
      },
    },
  };
  const first = await instance.post("/webhooks/shop", checkout);
  const again = await instance.post("/webhooks/shop", { ...checkout, pending_webhooks: 0 });
  expect(first.status).toBe(200);
  expect(first.body).toMatchObject({ eventId: "cs_live_1", outcome: "counted" });
  expect(again.text).toBe(first.text);
  const timeline = await instance.get(`/v1/leads/${first.body.leadId}/timeline?type=event`);
  expect(timeline.body.data).toMatchObject([{ eventType: "order.paid", value: 129.5, currency: "EUR" }]);
});

describe("what is refused names the field", () => {
  test.each([
    ["no id", order("x", { id: undefined }), "id"],
    ["a blank id", order("x", { id: "" }), "id"],
    ["a type with white space", order("x", { type: "order paid" }), "type"],
    ["a value that is text", order("x", { value: "12" }), "value"],
    ["a currency that is none", order("x", { currency: "euros" }), "currency"],
    ["a time without an offset", order("x", { occurredAt: "2026-01-01T00:00:00" }), "occurredAt"],
    ["an address that is none", order("x", { email: "nobody" }), "email"],
    ["a field that events don't have", order("x", { amount: 1 }), "amount"],
  ])("%s", async (_what, event, path) => {
    const { status, body } = await instance.post("/v1/events", event);
    expect(status).toBe(422);
    expect(body.errors.map((fault: { path: string }) => fault.path)).toContain(path);
  });
});

test("events come in arrays, and a bad one spoils no other", async () => {
  const { status, body } = await instance.post("/v1/events", [
    order("a-1"),
    order("a-2", { email: "no" }),
    order("a-1"),
  ]);
  expect(status).toBe(200);
  expect(body.results).toMatchObject([
    { eventId: "a-1", outcome: "counted" },
    { error: { status: 422 } },
    { eventId: "a-1", replayed: true },
  ]);
});

test("statistics count each event once and its repetitions as replays", async () => {
  const before = (await instance.get("/v1/stats")).body;
  await instance.post("/v1/events", order("stat-1"));
  await instance.post("/v1/events", order("stat-1"));
  const after = (await instance.get("/v1/stats")).body;
  expect(after.events - before.events).toBe(1);
  expect(after.replays - before.replays).toBe(1);
});

test("a key without the scope counts nothing", async () => {
  const response = await instance.http.post("/v1/events").set("X-Api-Key", `${ADMIN_KEY}x`).send(order("no-key"));
  expect(response.status).toBe(401);
});
