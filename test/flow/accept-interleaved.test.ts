import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Accept, createAccept } from "../../src/flow/accept.ts";
import { DEFAULT_RULES } from "../../src/lead/rules.ts";
import type { Database } from "../../src/store/client.ts";
import { ManualClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { countOf, rowsOf } from "../support/rows.ts";
import { submissionOf } from "../support/submission.ts";

let fresh: TestDatabase;
beforeAll(async () => {
  fresh = await openTestDatabase();
});
afterAll(() => fresh.close());

const clock = new ManualClock();
const acceptOn = (database: Database): Accept => createAccept({ database, clock, rules: () => DEFAULT_RULES });

/**
 * Another process, which is held up between its look and its first transaction while `meanwhile` happens: the moment in
 * which a check that is not repeated under the lock is wrong.
 */
function heldUp(meanwhile: () => Promise<unknown>): Accept {
  let held = false;
  const prisma = new Proxy(fresh.database.prisma, {
    get: (target, name) => {
      const own = Reflect.get(target, name);
      if (name !== "$transaction") return own;
      return async (...given: unknown[]) => {
        if (!held) {
          held = true;
          await meanwhile();
        }
        return own.apply(target, given);
      };
    },
  });
  return acceptOn({ ...fresh.database, mutex: undefined, prisma });
}

const say = (email: string, message: string, key?: string) => submissionOf({ email, message }, key);
const ofLead = (email: string) => `lead_id = (SELECT id FROM leads WHERE email = '${email}')`;
const messagesOf = async (email: string) => {
  const rows = await rowsOf<{ said: string }>(
    fresh.database,
    `SELECT payload->>'message' AS said FROM submissions WHERE ${ofLead(email)} ORDER BY received_at`,
  );
  return rows.map(({ said }) => said);
};

test.each(["none", "a"])(
  "a double click is one submission even when another message came between the look and the lock (after %s)",
  async (before) => {
    const email = `between-${before}@example.com`;
    const accept = acceptOn(fresh.database);
    if (before !== "none") await accept([say(email, "before")]);
    const late = heldUp(async () => {
      await accept([say(email, "other")]);
      await accept([say(email, "click")]);
    });
    const [answer] = await late([say(email, "click")]);
    expect(answer).toMatchObject({ replayed: true });
    expect(await messagesOf(email)).toEqual([...(before === "none" ? [] : ["before"]), "other", "click"]);
  },
);

test("a twin that was saved between the look and the lock is answered with the first's answer, and leaves no trace", async () => {
  const email = "twin@example.com";
  const accept = acceptOn(fresh.database);
  let first: unknown;
  const late = heldUp(async () => {
    [first] = await accept([say(email, "once", "K")]);
  });
  const [answer] = await late([say(email, "once", "K")]);
  expect(answer).toEqual({ ...(first as object), replayed: true });
  expect(await countOf(fresh.database, "leads", `email = '${email}'`)).toBe(1);
  expect(await countOf(fresh.database, "submissions", `${ofLead(email)} AND replay_count = 1`)).toBe(1);
  expect(await countOf(fresh.database, "decisions", ofLead(email))).toBe(1);
});

test("a lost claim takes the whole batch back: no lead is made in vain, no neighbour counted twice", async () => {
  const accept = acceptOn(fresh.database);
  const late = heldUp(() => accept([say("first@example.com", "x", "L")]));
  const results = await late([say("second@example.com", "x", "L"), say("neighbour@example.com", "y", "M")]);
  expect(results[0]).toMatchObject({ kind: "idempotency-key-reuse" });
  expect(results[1]).toMatchObject({ outcome: "created", replayed: false });
  expect(await countOf(fresh.database, "leads", "email = 'second@example.com'")).toBe(0);
  expect(await countOf(fresh.database, "leads", "email = 'neighbour@example.com' AND submission_count = 1")).toBe(1);
});

test("what another process merged between the look and the lock stands", async () => {
  const email = "merged@example.com";
  const accept = acceptOn(fresh.database);
  const at = (time: string, company: string) => submissionOf({ email, occurredAt: new Date(time), company });
  const late = heldUp(() => accept([at("2026-02-02T00:00:00Z", "New")]));
  const [answer] = await late([at("2026-02-01T00:00:00Z", "Old")]);
  expect(answer).toMatchObject({ outcome: "stale" });
  expect(
    await countOf(fresh.database, "leads", `email = '${email}' AND company = 'New' AND submission_count = 2`),
  ).toBe(1);
  expect(await countOf(fresh.database, "sent_messages", ofLead(email))).toBe(1);
});
