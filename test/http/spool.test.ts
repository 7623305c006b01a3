import { describe, expect, jest, test } from "@jest/globals";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import { addKey, expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { createAnswerCheck, type OpenApi } from "../support/openapi.ts";
import { countOf, rowsOf } from "../support/rows.ts";
import { SpoolInstance } from "../support/spool-instance.ts";

const place = new SpoolInstance();
const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/;
const RECEIPT = { accepted: true, submissionId: expect.stringMatching(UUID) };

describe("with the database away each way in keeps what comes, and it is taken in once, with its id and time", () => {
  const HOOK = { "X-Api-Key": "hook-secret-0123456789" };
  const ANN = { email: "ann@example.com", firstName: "Ann", plan: "pro" };
  const lead = { email: "ann@example.com", firstName: "Ann" };
  test.each([
    ["own code", () => place.instance.post("/v1/leads", lead), 202],
    ["a webhook", () => place.instance.http.post("/webhooks/hook").set(HOOK).send(ANN), 200],
    ["a webhook's form", () => place.instance.http.post("/webhooks/hook").set(HOOK).type("form").send(ANN), 200],
  ])("%s: a receipt", async (_, post, status) => {
    place.fault = "away";
    const answer = await post();
    expect([answer.status, answer.body]).toEqual([status, RECEIPT]);
    const operation = status === 202 ? "postLeads" : "postWebhook";
    expect(createAnswerCheck(document).faultsOf(operation, answer)).toEqual([]);
    const arrivedAt = place.instance.clock.now();
    place.instance.clock.advance(3_600_000);
    await place.back();
    const [row, ...more] = await place.submissions();
    expect(more).toEqual([]);
    expect(row).toMatchObject({ id: answer.body.submissionId, received_at: arrivedAt, occurred_at: arrivedAt });
    expect(await leadOf(place.instance, "ann@example.com")).toMatchObject({
      firstName: "Ann",
      createdAt: arrivedAt.toISOString(),
      updatedAt: place.instance.clock.now().toISOString(),
    });
    expect(await countOf(place.instance.app.database, "sent_messages")).toBe(1);
  });

  test("a form: the same answer as ever, to programs and to browsers", async () => {
    place.fault = "away";
    const form = () => place.instance.http.post("/forms/contact").type("form");
    const answer = await form().send({ email: "ann@example.com" }).expect(200);
    expect(answer.body).toEqual({ ok: true, submissionId: expect.stringMatching(UUID) });
    const page = await form().set("Accept", "text/html").send({ email: "bob@example.com" }).expect(303);
    expect(page.headers.location).toBe("https://www.example.com/thanks");
    await place.back();
    expect((await place.submissions()).map(({ id }) => id)).toContain(answer.body.submissionId);
    // Counts against the caps of mail that forms cause.
    expect(await countOf(place.instance.app.database, "sent_messages", "channel = 'form'")).toBe(2);
  });

  test("an event", async () => {
    place.fault = "away";
    const event = { id: "order-7", type: "order.paid", email: "ann@example.com", value: 129.5, currency: "EUR" };
    const answer = await place.instance.post("/v1/events", { ...event, data: { items: [1, { a: null }] } }).expect(202);
    expect(answer.body).toEqual(RECEIPT);
    await place.back();
    expect(await rowsOf(place.instance.app.database, "SELECT * FROM events")).toMatchObject([
      { id: answer.body.submissionId, event_id: "order-7", value: 129.5, data: { items: [1, { a: null }] } },
    ]);
    const again = await place.instance.post("/v1/events", event).expect(201);
    expect(again.headers["idempotent-replayed"]).toBe("true");
  });

  test("an array: each item its receipt or its error, and no mail where none was wanted", async () => {
    place.fault = "away";
    const items = [{ email: "a@example.com" }, { email: "no" }, { email: "b@example.com" }];
    const answer = await place.instance.post("/v1/leads?followUps=off", items).expect(200);
    const { body } = answer;
    expect(body.results).toEqual([RECEIPT, { error: expect.objectContaining({ status: 422 }) }, RECEIPT]);
    expect(createAnswerCheck(document).faultsOf("postLeads", answer)).toEqual([]);
    await place.back();
    const ids = (await place.submissions()).map(({ id }) => id);
    expect(new Set(ids)).toEqual(new Set([body.results[0].submissionId, body.results[2].submissionId]));
    expect(await countOf(place.instance.app.database, "sent_messages")).toBe(0);
  });

  test("what makes no lead: no address, a filled honeypot, a test", async () => {
    place.fault = "away";
    const noEmail = await place.instance.http.post("/webhooks/hook").set(HOOK).send({ note: "no address" });
    expectProblem(noEmail, 422, "invalid-email");
    const trapped = { email: "bot@example.com", _gotcha: "x" };
    const spam = await place.instance.http.post("/forms/contact").type("form").send(trapped).expect(200);
    expect(spam.body).toEqual({ ok: true, submissionId: expect.stringMatching(UUID) });
    const google = {
      lead_id: "1",
      is_test: true,
      user_column_data: [{ column_id: "EMAIL", string_value: "t@example.com" }],
    };
    await place.instance.http
      .post("/webhooks/hook")
      .set(HOOK)
      .send({ ...google, google_key: "x", form_id: 1, campaign_id: 1 });
    const arrivedAt = place.instance.clock.now();
    place.instance.clock.advance(60_000);
    await place.back();
    expect(await statsOf(place.instance)).toMatchObject({ leads: 0, quarantined: 1, spam: 1, test: 1 });
    const { body } = await place.instance.get(`/v1/quarantine/${noEmail.body.quarantineId}`).expect(200);
    expect(body).toMatchObject({ payload: { note: "no address" }, receivedAt: arrivedAt.toISOString() });
  });

  test("everything a submission says is there afterwards as if it had come in directly", async () => {
    const whole = {
      ...{ email: "Ann <Ann.Lee+x@Example.com>", fullName: "Ann Lee", phone: "+49 30 123456", consent: false },
      ...{ utm: { source: "s", campaign: "c" }, attributes: { n: 1.5, deep: { list: [1, null, "ä"] } } },
      ...{ occurredAt: "2026-02-01T10:00:00.123+01:00", message: "line 1\nline 2 \u2028 🙂" },
    };
    await place.instance.post("/v1/leads", whole).expect(201);
    const { id: _, ...direct } = await leadOf(place.instance, "ann.lee+x@example.com");
    await place.instance.remove(`/v1/leads/${_}`).expect(204);
    place.instance.clock.advance(1);
    place.fault = "away";
    await place.instance.post("/v1/leads", { ...whole, submissionId: "another" }).expect(202);
    await place.back();
    const { id: __, ...drained } = await leadOf(place.instance, "ann.lee+x@example.com");
    const times = {
      createdAt: expect.any(String),
      updatedAt: expect.any(String),
      lastSubmissionAt: expect.any(String),
    };
    expect(drained).toEqual({ ...direct, ...times });
  });
});

describe("who may send with the database away", () => {
  test("a key that was seen in the last hour may, within its scope; of any other nothing is known", async () => {
    const ingest = await addKey(place.instance, "ingest");
    const read = await addKey(place.instance, "read");
    const unseen = await addKey(place.instance, "ingest");
    const post = (key: string) =>
      place.instance.http.post("/v1/leads").set("Authorization", `Bearer ${key}`).send({ email: "ann@example.com" });
    await post(ingest).expect(201);
    await post(read).expect(403);
    place.fault = "away";
    const seenAt = performance.now();
    const time = jest.spyOn(performance, "now");
    time.mockReturnValue(seenAt + 3_601_000);
    expectProblem(await post(ingest), 503, "unavailable");
    time.mockReturnValue(seenAt + 3_500_000);
    await post(ingest).expect(202);
    expectProblem(await post(read), 403, "forbidden");
    for (const key of [unseen, "lg_nobody-has-this-key-0123456789"]) {
      const answer = await post(key);
      expectProblem(answer, 503, "unavailable");
      expect(Number(answer.headers["retry-after"])).toBeGreaterThan(0);
    }
    expectProblem(await place.instance.http.post("/v1/leads").send({ email: "ann@example.com" }), 401, "unauthorized");
    time.mockRestore();
    await place.mended();
    await post(unseen).expect(201);
  });

  test("what is wrong is refused as ever", async () => {
    place.fault = "away";
    expectProblem(await place.instance.post("/v1/leads", { email: "nobody" }), 422, "invalid-email", "email");
    expectProblem(
      await place.instance.http.post("/webhooks/hook").send({ email: "a@example.com" }).set("X-Api-Key", "no"),
      503,
      "unavailable",
    );
    expectProblem(await place.instance.http.post("/forms/unknown").send({}), 404, "not-found");
  });
});

test("queries, changes and SendGrid's events are told to come back", async () => {
  const { body } = await place.instance.post("/v1/leads", { email: "ann@example.com" });
  place.fault = "away";
  await place.instance.post("/v1/leads", { email: "ann@example.com" }).expect(202);
  for (const ask of [
    place.instance.get("/v1/leads"),
    place.instance.get(`/v1/leads/${body.id}`),
    place.instance.remove(`/v1/leads/${body.id}`),
    place.instance.http.post("/sendgrid/events").send([]),
    place.instance.http.post("/unsubscribe/token"),
  ]) {
    const answer = await ask;
    expect([answer.status, answer.headers["retry-after"]]).toEqual([503, "5"]);
  }
});

describe("a disk that is full", () => {
  test("answers 503 and keeps nothing, however it was sent; with room again it goes on", async () => {
    place.fault = "away";
    place.disk = "full";
    for (const body of [{ email: "ann@example.com" }, [{ email: "ann@example.com" }]]) {
      const answer = await place.instance.post("/v1/leads", body);
      expectProblem(answer, 503, "unavailable");
      expect(answer.headers["retry-after"]).toBe("10");
    }
    expect((await place.instance.http.post("/forms/contact").send({ note: "no address" })).status).toBe(503);
    place.disk = undefined;
    await place.instance.post("/v1/leads", { email: "ann@example.com" }).expect(202);
    await place.back();
    expect(await place.submissions()).toHaveLength(1);
  });
});

describe("an operator", () => {
  test("sees what waits, and for how long", async () => {
    place.fault = "away";
    await place.instance.post("/v1/leads", [{ email: "a@example.com" }, { email: "b@example.com" }]).expect(200);
    place.instance.clock.advance(90_000);
    const ready = await place.instance.http.get("/readyz").expect(200);
    const reason = "the database can't be reached; submissions are spooled (2 waiting)";
    expect(ready.body).toEqual({ status: "degraded", reasons: [reason] });
    expect(createAnswerCheck(document).faultsOf("getReadiness", ready)).toEqual([]);
    const told = (await place.instance.get("/metrics").expect(200)).text;
    expect(told).toMatch(/^leadgate_spool_records 2$/m);
    expect(told).toMatch(/^leadgate_spool_oldest_seconds 90$/m);
    expect(told).toMatch(/^leadgate_spool_damaged 0$/m);
    expect(told).toMatch(/^leadgate_database_up 0$/m);
    expect(told).toMatch(/^leadgate_intake_total\{channel="api",source="api",outcome="accepted"\} [1-9]/m);
    await place.back();
    expect((await place.instance.get("/metrics").expect(200)).text).toMatch(/^leadgate_spool_records 0$/m);
    expect((await place.instance.http.get("/readyz").expect(200)).body).toEqual({ status: "ready", reasons: [] });
  });
});
