import { describe, expect, test } from "@jest/globals";
import { leadOf, statsOf } from "../support/answers.ts";
import { countOf, rowsOf } from "../support/rows.ts";
import { SpoolInstance } from "../support/spool-instance.ts";

const place = new SpoolInstance();

describe("nothing is taken in twice", () => {
  test("a retry gets the real answer, before and after what waited was taken in", async () => {
    place.fault = "away";
    const post = () => place.instance.post("/v1/leads", { email: "ann@example.com" }).set("Idempotency-Key", "k-1");
    await post().expect(202);
    await post().expect(202);
    await place.mended();
    const first = await post().expect(201);
    await place.instance.app.drainSpool();
    const second = await post().expect(201);
    expect(second.headers["idempotent-replayed"]).toBe("true");
    expect(second.text).toBe(first.text);
    expect(await place.submissions()).toMatchObject([{ replay_count: 3 }]);
    expect(await countOf(place.instance.app.database, "sent_messages")).toBe(1);
  });

  test("a commit whose answer was lost: the receipt names the submission that was saved", async () => {
    place.fault = "answer-lost";
    const { body } = await place.instance.post("/v1/leads", { email: "ann@example.com", message: "1" }).expect(202);
    await place.mended();
    // Something else of the same person comes in before: by content alone the first would be new again.
    await place.instance.post("/v1/leads", { email: "ann@example.com", message: "2" }).expect(200);
    await place.instance.app.drainSpool();
    expect(await place.submissions()).toMatchObject([{ id: body.submissionId }, { payload: { message: "2" } }]);
  });

  test("killed after it was taken in and before that was noted: given out again, it changes nothing", async () => {
    await place.reopen();
    place.fault = "away";
    await place.instance.post("/v1/leads", { email: "ann@example.com", message: "1" }).expect(202);
    await place.instance.post("/v1/leads", { email: "ann@example.com", message: "2" }).expect(202);
    await place.instance.post("/v1/leads", { email: "ann@example.com", message: "1" }).expect(202);
    await place.instance.post("/v1/events", { id: "1", type: "paid", email: "ann@example.com" }).expect(202);
    await place.instance.http.post("/forms/contact").send({ note: "no address" }).expect(422);
    place.copySpool();
    await place.back();
    expect((await place.submissions()).map(({ payload }) => (payload as { message: string }).message)).toEqual([
      "1",
      "2",
      "1",
    ]);
    expect(await rowsOf(place.instance.app.database, "SELECT * FROM events")).toHaveLength(1);
    expect(await rowsOf(place.instance.app.database, "SELECT * FROM quarantine")).toMatchObject([{ sightings: 1 }]);
    expect(await place.submissions()).toMatchObject([{ replay_count: 0 }, { replay_count: 0 }, { replay_count: 0 }]);
  });

  test("the database goes away again in the middle of taking in: what waited goes on waiting", async () => {
    place.fault = "away";
    await place.instance.post("/v1/leads", { email: "ann@example.com" }).expect(202);
    await place.mended();
    place.fault = "answer-lost";
    await expect(place.instance.app.drainSpool()).rejects.toMatchObject({ kind: "unavailable" });
    place.fault = "away";
    await place.instance.app.drainSpool().catch(() => undefined);
    expect((await place.instance.http.get("/readyz")).body.reasons[0]).toContain("1 waiting");
    await place.back();
    expect(await place.submissions()).toMatchObject([{ replay_count: 0 }]);
  });

  test("a double click is one submission, by when it was sent and not by when it was taken in", async () => {
    place.fault = "away";
    const click = () =>
      place.instance.http.post("/forms/contact").type("form").send({ email: "ann@example.com", m: "1" });
    await click().expect(200);
    await click().expect(200);
    place.instance.clock.advance(25 * 3_600_000);
    await click().expect(200);
    await place.back();
    expect(await place.submissions()).toHaveLength(2);
  });
});

test("one person's submissions keep their order, though they come in the same millisecond", async () => {
  place.fault = "away";
  const items = ["a", "b", "c", "d"].map((company) => ({ email: "ann@example.com", company }));
  await place.instance.post("/v1/leads", items).expect(200);
  await place.back();
  expect(await leadOf(place.instance, "ann@example.com")).toMatchObject({ company: "d", submissionCount: 4 });
});

test("what came in after it stands, though what waited is taken in later", async () => {
  place.fault = "away";
  await place.instance
    .post("/v1/leads", { email: "ann@example.com", company: "older", phone: "+4930123456" })
    .expect(202);
  place.instance.clock.advance(1_000);
  await place.mended();
  await place.instance.post("/v1/leads", { email: "ann@example.com", company: "newer" }).expect(201);
  await place.instance.app.drainSpool();
  const lead = await leadOf(place.instance, "ann@example.com");
  expect(lead).toMatchObject({
    company: "newer",
    phone: "+4930123456",
    lastSubmissionAt: place.instance.clock.now().toISOString(),
  });
});

describe("what can't be taken in", () => {
  test("is in quarantine with the reason, and holds nothing up", async () => {
    await place.instance.post("/v1/leads", { email: "ann@example.com" }).set("Idempotency-Key", "k").expect(201);
    place.fault = "away";
    const reused = await place.instance
      .post("/v1/leads", { email: "eve@example.com" })
      .set("Idempotency-Key", "k")
      .expect(202);
    await place.instance.post("/v1/leads", { email: "bob@example.com" }).expect(202);
    await place.back();
    expect(await leadOf(place.instance, "bob@example.com")).not.toBeNull();
    const { body } = await place.instance.get("/v1/quarantine").expect(200);
    expect(body.data).toMatchObject([{ id: reused.body.submissionId, reason: expect.stringContaining("used before") }]);
  });

  test("because of a bug: the same, for that one alone", async () => {
    await rowsOf(
      place.instance.app.database,
      "ALTER TABLE leads ADD CONSTRAINT bug CHECK (email <> 'eve@example.com')",
    );
    place.fault = "away";
    for (const name of ["ann", "eve", "bob"]) {
      await place.instance.post("/v1/leads", { email: `${name}@example.com` }).expect(202);
    }
    await place.back();
    expect(await statsOf(place.instance)).toMatchObject({ leads: 2, quarantined: 1 });
    await rowsOf(place.instance.app.database, "ALTER TABLE leads DROP CONSTRAINT bug");
    const { body } = await place.instance.get("/v1/quarantine").expect(200);
    await place.instance.post(`/v1/quarantine/${body.data[0].id}/retry`, {}).expect(201);
    expect(await statsOf(place.instance)).toMatchObject({ leads: 3 });
  });
});

describe("an erased person does not come back by the spool", () => {
  test("neither by this process's nor by another's, and others do", async () => {
    await place.reopen();
    const { body } = await place.instance.post("/v1/leads", { email: "ann@example.com" }).expect(201);
    place.fault = "away";
    await place.instance.post("/v1/leads", { email: "Ann@Example.com", message: "waits" }).expect(202);
    await place.instance.post("/v1/leads", { email: "bob@example.com", message: "knows ann@example.com" }).expect(202);
    await place.instance.http.post("/forms/contact").send({ note: "write to ann@example.com" }).expect(422);
    place.copySpool();
    await place.mended();
    place.instance.clock.advance(1_000);
    await place.instance.remove(`/v1/leads/${body.id}`).expect(204);
    await place.instance.app.drainSpool();
    expect(await leadOf(place.instance, "ann@example.com")).toBeNull();
    expect(await leadOf(place.instance, "bob@example.com")).not.toBeNull();
    place.instance.clock.advance(1_000);
    await place.instance.post("/v1/leads", { email: "ann@example.com", message: "I am back" }).expect(201);
  });
});
