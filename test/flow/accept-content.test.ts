import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf } from "../support/rows.ts";

const HOUR = 3_600_000;
let instance: Instance;
beforeAll(async () => {
  const configuration = "sources:\n  shop: { kind: webhook }\n  fast: { kind: webhook, dedupeWindow: 10s }\n";
  instance = await startInstance({ configuration });
});
afterAll(() => instance.close());

/** Posts messages one after the other and tells which were taken for a repetition. */
async function replayed(email: string, messages: readonly (string | number)[], path = "/webhooks/shop") {
  const repeated: boolean[] = [];
  for (const message of messages) {
    if (typeof message === "number") instance.clock.advance(message);
    else {
      const answer = await instance.post(path, { email, message });
      expect(answer.status).toBeLessThan(300);
      repeated.push(answer.headers["idempotent-replayed"] === "true");
    }
  }
  return repeated;
}

describe("without an id, the same content", () => {
  test("is the same submission: a double click", async () => {
    expect(await replayed("a@example.com", ["1", "1"])).toEqual([false, true]);
  });

  test("after something else is a submission of its own: 1, 2, 1", async () => {
    expect(await replayed("b@example.com", ["1", "2", "1", "1", "2"])).toEqual([false, false, false, true, false]);
  });

  test("just within the window is the same, at its end another", async () => {
    expect(await replayed("c@example.com", ["1", 24 * HOUR - 1, "1"])).toEqual([false, true]);
    expect(await replayed("d@example.com", ["1", 24 * HOUR, "1", "1"])).toEqual([false, false, true]);
  });

  test("does not prolong the window by being repeated", async () => {
    const said = ["1", 16 * HOUR, "1", 8 * HOUR, "1", 23 * HOUR, "1"];
    expect(await replayed("e@example.com", said)).toEqual([false, true, false, true]);
  });

  test("is told by the window of its source", async () => {
    expect(await replayed("f@example.com", ["1", 9_999, "1", 1, "1"], "/webhooks/fast")).toEqual([false, true, false]);
  });

  test("at another source is another submission, and does not come between", async () => {
    expect(await replayed("g@example.com", ["1"])).toEqual([false]);
    expect(await replayed("g@example.com", ["1"], "/webhooks/fast")).toEqual([false]);
    expect(await replayed("g@example.com", ["1"])).toEqual([true]);
  });

  test("of another person does not come between", async () => {
    await replayed("h@example.com", ["1"]);
    await replayed("i@example.com", ["2"]);
    expect(await replayed("h@example.com", ["1"])).toEqual([true]);
  });

  test("after a submission with an id is another: what it repeats is no longer the newest", async () => {
    await replayed("j@example.com", ["1"]);
    await instance.post("/webhooks/shop", { email: "j@example.com", message: "2" }).set("webhook-id", "j");
    expect(await replayed("j@example.com", ["1", "1"])).toEqual([false, true]);
  });
});

test("a third sending in the same place of 1, 2, 1 sent at once is kept once each", async () => {
  const answers = await Promise.all(
    ["1", "2", "1", "2"].map((message) => instance.post("/webhooks/shop", [{ email: "k@example.com", message }])),
  );
  for (const { status } of answers) expect(status).toBe(200);
  const kept = await countOf(
    instance.app.database,
    "submissions",
    "lead_id = (SELECT id FROM leads WHERE email = 'k@example.com')",
  );
  // Whatever the order they came in, no submission stands beside its own repetition.
  expect(kept).toBeGreaterThanOrEqual(2);
  expect(kept).toBeLessThanOrEqual(4);
});
