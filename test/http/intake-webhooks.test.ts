import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

describe("one webhook", () => {
  test("is answered 200 whether the person is new, known, or this is a second delivery", async () => {
    const send = (message: string) => instance.post("/webhooks/zap", { email: "one@example.com", message });
    expect((await send("a").expect(200)).body).toMatchObject({ outcome: "created", email: "one@example.com" });
    expect((await send("b").expect(200)).body).toMatchObject({ outcome: "updated" });
    await send("b").expect(200).expect("Idempotent-Replayed", "true");
  });

  test("is read from JSON, urlencoded and multipart alike", async () => {
    const http = () => instance.http.post("/webhooks/zap").set("X-Api-Key", ADMIN_KEY);
    await http().type("form").send("data[email]=form%40example.com&data[first_name]=Ann").expect(200);
    await http().field("data[email]", "multi@example.com").field("data[first_name]", "Ann").expect(200);
    await http()
      .send({ data: { email: "json@example.com", first_name: "Ann" } })
      .expect(200);
    for (const name of ["form", "multi", "json"]) {
      expect(await leadOf(instance, `${name}@example.com`)).toMatchObject({ firstName: "Ann" });
    }
  });

  test("delivered again gets the same bytes, and changes nothing but the counter of replays", async () => {
    const send = () =>
      instance.post("/webhooks/zap", { id: "zap-1", email: "again@example.com", note: "ä" }).expect(200);
    const first = await send();
    const [lead, before] = [await leadOf(instance, "again@example.com"), await statsOf(instance)];
    const second = await send();
    expect(second.text).toBe(first.text);
    expect([first, second].map(({ headers }) => headers["idempotent-replayed"])).toEqual([undefined, "true"]);
    expect(await leadOf(instance, "again@example.com")).toEqual(lead);
    expect(await statsOf(instance)).toEqual({ ...before, replays: before.replays + 1 });
  });

  test("under a webhook-id that was used for other content is refused, so that nothing is lost unseen", async () => {
    const send = (message: string) =>
      instance.post("/webhooks/zap", { email: "id@example.com", message }).set("webhook-id", "msg_1");
    await send("a").expect(200);
    expectProblem(await send("b"), 422, "idempotency-key-reuse");
    await send("a").expect(200).expect("Idempotent-Replayed", "true");
  });

  test("with the sender's own id and other content is a new submission: an order is updated", async () => {
    const send = (state: string) =>
      instance.post("/webhooks/zap", { id: "order-7", email: "order@example.com", state });
    await send("open").expect(200);
    const { body } = await send("paid").expect(200);
    expect(body).toMatchObject({ outcome: "updated" });
    expect(await leadOf(instance, "order@example.com")).toMatchObject({
      submissionCount: 2,
      attributes: { state: "paid" },
    });
  });

  test("without a usable address is kept once, counted, and taken when it is mended", async () => {
    const send = (email: string) => instance.post("/webhooks/mend", { email, note: "x" }).set("webhook-id", "msg_2");
    const refused = await send("nobody");
    expectProblem(refused, 422, "invalid-email", "email");
    expect((await send("nobody")).body.quarantineId).toBe(refused.body.quarantineId);
    expect((await instance.get("/v1/quarantine?source=mend")).body.data).toEqual([
      expect.objectContaining({ id: refused.body.quarantineId, sightings: 2, payload: { email: "nobody", note: "x" } }),
    ]);
    expect((await send("mended@example.com").expect(200)).body).toMatchObject({ outcome: "created" });
  });

  test("that its sender marked as a test is answered like one, and makes no lead and no mail", async () => {
    const before = await statsOf(instance);
    const send = () => instance.post("/webhooks/zap", { email: "test@example.com", is_test: true }).expect(200);
    const { body, headers } = await send();
    expect(body).toMatchObject({ outcome: "test", followUps: [], submissionId: expect.any(String) });
    expect(headers).not.toHaveProperty("idempotent-replayed");
    const again = await send();
    expect([again.headers["idempotent-replayed"], again.body]).toEqual(["true", body]);
    expect(await leadOf(instance, "test@example.com")).toBeNull();
    expect(await statsOf(instance)).toEqual({ ...before, test: before.test + 1 });
  });

  test("cannot be sent to what is no name of a source", async () => {
    for (const slug of ["A", "a_b", "a".repeat(65), "%00", "ä"]) {
      expectProblem(await instance.post(`/webhooks/${slug}`, {}), 404, "not-found", "source");
    }
  });
});

describe("an array", () => {
  const results = async (items: object[] | string) =>
    (await instance.post("/webhooks/array", items).type("json").expect(200)).body.results;

  test("is answered in its order, and a bad item spoils no neighbour", async () => {
    const said = [
      { email: "first@example.com" },
      null,
      { email: "nobody", note: 1 },
      7,
      { email: "second@example.com" },
      [],
      { email: "first@example.com", message: "more" },
    ];
    const told = await results(said as object[]);
    expect(told).toEqual([
      expect.objectContaining({ email: "first@example.com", outcome: "created" }),
      { error: expect.objectContaining({ status: 400 }) },
      { error: expect.objectContaining({ status: 422, quarantineId: expect.any(String) }) },
      { error: expect.objectContaining({ status: 400 }) },
      expect.objectContaining({ email: "second@example.com", outcome: "created" }),
      { error: expect.objectContaining({ status: 400 }) },
      expect.objectContaining({ email: "first@example.com", outcome: "updated" }),
    ]);
    expect(await leadOf(instance, "first@example.com")).toMatchObject({ submissionCount: 2, message: "more" });
  });

  test("of a thousand is taken, of one more is refused whole, of none has no results", async () => {
    const items = Array.from({ length: 1_001 }, (_, at) => ({ email: `many${at}@example.com` }));
    expectProblem(await instance.post("/webhooks/array", items), 413, "too-large");
    expect(await leadOf(instance, "many0@example.com")).toBeNull();
    const told = await results(items.slice(1));
    expect(told.map(({ email }: { email: string }) => email)).toEqual(items.slice(1).map(({ email }) => email));
    expect((await instance.post("/webhooks/array", "[]").type("json").expect(200)).text).toBe('{"results":[]}');
  });

  test("sent again, in another order and with something new, repeats what it answered and takes what is new", async () => {
    const [a, b, c] = ["a", "b", "c"].map((id) => ({ submissionId: id, email: `${id}-array@example.com` }));
    const first = await results([a!, b!]);
    const again = await results([b!, c!, a!]);
    expect(again).toEqual([
      { ...first[1], replayed: true },
      expect.objectContaining({ outcome: "created", email: c!.email }),
      { ...first[0], replayed: true },
    ]);
    const [refused, kept] = await results([{ ...a!, note: "other" }, b!]);
    expect(refused.error).toMatchObject({ status: 422, type: expect.stringMatching(/\/idempotency-key-reuse$/) });
    expect(kept).toEqual({ ...first[1], replayed: true });
  });

  test("under one header's id is known again item by item", async () => {
    const items = [{ email: "h0@example.com" }, { email: "h1@example.com" }];
    const send = () => instance.post("/webhooks/array", items).set("Idempotency-Key", "batch-1").expect(200);
    const [first, again] = [(await send()).body.results, (await send()).body.results];
    expect(again).toEqual(first.map((result: object) => ({ ...result, replayed: true })));
    const { body } = await instance.get(`/v1/leads/${first[1].id}/timeline?type=submission`);
    expect(body.data).toEqual([expect.objectContaining({ identity: "key:batch-1#1", replayCount: 1 })]);
  });
});
