import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import { type Accept, createAccept } from "../../src/flow/accept.ts";
import { createCoalesce } from "../../src/flow/coalesce.ts";
import { DEFAULT_RULES } from "../../src/lead/rules.ts";
import { ManualClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { atOnce, numbers } from "../support/parallel.ts";
import { countOf } from "../support/rows.ts";
import { submissionOf } from "../support/submission.ts";

let fresh: TestDatabase;
let accept: Accept;
beforeAll(async () => {
  fresh = await openTestDatabase();
  accept = createAccept({ database: fresh.database, clock: new ManualClock(), rules: () => DEFAULT_RULES });
});
afterAll(() => fresh.close());

const person = (name: string) => submissionOf({ email: `${name}@example.com` });

test("a submission that the database refuses harms none of those that came with it", async () => {
  const acceptOne = createCoalesce(accept);
  const bad = { ...person("bad"), payload: { message: "\u0000" } };
  const submissions = numbers(20).map((index) => (index === 7 ? bad : person(`good${index}`)));
  const settled = await Promise.allSettled(submissions.map(acceptOne));
  expect(settled.map(({ status }) => status)).toEqual(
    numbers(20).map((index) => (index === 7 ? "rejected" : "fulfilled")),
  );
  expect(await countOf(fresh.database, "leads", "email LIKE 'good%'")).toBe(19);
  expect(await countOf(fresh.database, "leads", "email LIKE 'bad%'")).toBe(0);
});

test("a batch is saved whole or not at all", async () => {
  const bad = { ...person("whole-bad"), payload: { message: "\u0000" } };
  await expect(accept([person("whole-1"), bad, person("whole-2")])).rejects.toThrow();
  for (const table of ["leads", "submissions", "sent_messages"]) {
    const condition =
      table === "leads" ? "email LIKE 'whole%'" : "lead_id IN (SELECT id FROM leads WHERE email LIKE 'whole%')";
    expect(await countOf(fresh.database, table, condition)).toBe(0);
  }
});

test("with the database away all who wait are told at once, and the next ones are served when it is back", async () => {
  let away = true;
  let looks = 0;
  const acceptOne = createCoalesce(async (batch) => {
    looks++;
    if (away) throw new LeadgateError("unavailable", "away");
    return accept(batch);
  });
  const refused = await Promise.allSettled(numbers(60).map((index) => acceptOne(person(`away${index}`))));
  expect(new Set(refused.map(({ status }) => status))).toEqual(new Set(["rejected"]));
  // The first alone, and those that came meanwhile together: not one wait for each of them.
  expect(looks).toBe(2);
  away = false;
  const served = await atOnce(numbers(60), (index) => acceptOne(person(`away${index}`)));
  expect(served.filter((result) => result instanceof LeadgateError || result.replayed)).toEqual([]);
});

test("each caller gets the answer to its own submission", async () => {
  const acceptOne = createCoalesce(accept);
  const answers = await atOnce(numbers(100), (index) => acceptOne(person(`own${index}`)));
  const emails = answers.map((answer) => (answer instanceof LeadgateError ? "" : JSON.parse(answer.body).email));
  expect(emails).toEqual(numbers(100).map((index) => `own${index}@example.com`));
});

test("past two thousand waiting, callers are told to come back, and those who wait are served", async () => {
  let open = () => {};
  const gate = new Promise<void>((resolve) => {
    open = resolve;
  });
  const acceptOne = createCoalesce(async (batch) => {
    await gate;
    return batch.map(() => ({ submissionId: "", outcome: "created", replayed: false, body: "" }));
  });
  const waiting = numbers(2_000 + 1).map(() => acceptOne(person("many")));
  expect(() => acceptOne(person("many"))).toThrow(LeadgateError);
  open();
  expect(await Promise.all(waiting)).toHaveLength(2_001);
});

/** Takes batches and ends them when it is told to. */
function heldAccept() {
  const underWay: { readonly emails: string[]; end(): void }[] = [];
  const held: Accept = (batch) =>
    new Promise((resolve) => {
      const answers = batch.map(
        () => ({ submissionId: "1", outcome: "created", replayed: false, body: "{}" }) as const,
      );
      underWay.push({ emails: batch.map(({ said }) => said.email), end: () => resolve(answers) });
    });
  return { held, underWay };
}

test("with two lanes a second batch joins the first once enough wait, and a third does not", async () => {
  const { held, underWay } = heldAccept();
  const acceptOne = createCoalesce(held, 2);
  const all = numbers(60).map((index) => acceptOne(person(`lane${index}`)));
  expect(underWay.map(({ emails }) => emails.length)).toEqual([1, 16]);
  for (let ended = 0; ended < underWay.length; ended++) {
    underWay[ended]!.end();
    await all[ended === 0 ? 0 : 1];
  }
  expect((await Promise.all(all)).length).toBe(60);
  expect(underWay.flatMap(({ emails }) => emails)).toEqual(numbers(60).map((index) => `lane${index}@example.com`));
});

test("a person is in one batch at a time, and what they sent first goes first", async () => {
  const { held, underWay } = heldAccept();
  const acceptOne = createCoalesce(held, 2);
  const first = acceptOne(person("same"));
  const again = numbers(3).map(() => acceptOne(person("same")));
  const others = numbers(20).map((index) => acceptOne(person(`beside${index}`)));
  expect(underWay[1]!.emails).not.toContain("same@example.com");
  underWay[1]!.end();
  await others[0];
  expect(underWay.slice(1).flatMap(({ emails }) => emails)).not.toContain("same@example.com");
  underWay[0]!.end();
  await first;
  await others[0];
  expect(underWay.at(-1)!.emails.filter((email) => email === "same@example.com")).toHaveLength(3);
  for (const batch of underWay) batch.end();
  await Promise.all([...again, ...others]);
});
