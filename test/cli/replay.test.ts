import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { batchesOf, runPlans } from "../../src/flow/replay-plan.ts";
import { Place } from "../support/command.ts";

const onServer = (process.env.TEST_DATABASE_URL ?? "") !== "";

const place = new Place();
beforeAll(async () => {
  await place.serve();
  const rows = Array.from({ length: 60 }, (_, n) => ({
    email: `P${n % 12}@example.com`,
    company: n % 3 === 0 ? `Firm ${n}` : undefined,
    message: `message ${n}`,
    source: ["contact", "shop"][n % 2],
    utm: n % 4 === 0 ? { source: `u${n}` } : undefined,
    ...(n % 5 !== 0 && { occurredAt: new Date(Date.UTC(2026, 0, 1 + ((n * 17) % 60))).toISOString() }),
  }));
  writeFileSync(place.path("rows.ndjson"), rows.map((row) => JSON.stringify(row)).join("\n"));
  await place.run(["import", "rows.ndjson", "--send-follow-ups"]);
  await place.run(["export", "--submissions", "-o", "submissions.ndjson"]);
});
afterAll(() => place.close());

test("what is stored comes to the same in all four ways, and is not touched", async () => {
  await place.stop();
  const before = onServer ? "" : digestOf(place.path("data/pg"));
  const ran = await place.run(["replay", "--json"]);
  expect(ran.code).toBe(0);
  const { runs, identical } = ran.json() as { runs: { digest: string }[]; identical: boolean };
  expect(identical).toBe(true);
  const same = { leads: 12, messages: 12, digest: expect.stringMatching(/^[0-9a-f]{64}$/) };
  expect(runs).toEqual(["once", "twice", "shuffled", "four at a time"].map((name) => ({ name, ...same })));
  expect(new Set(runs.map(({ digest }) => digest)).size).toBe(1);
  if (!onServer) expect(digestOf(place.path("data/pg"))).toBe(before);
});

// The embedded database starts a dozen times for each of these, so it has one of them.
test.each(onServer ? ["gate", "email", "merge"] : ["merge"])(
  "a fault in the %s is found, with the leads it struck",
  async (fault) => {
    const ran = await place.run(["replay", "submissions.ndjson", "--break", fault, "--json"]);
    expect(ran.code).toBe(1);
    const { identical, differing } = ran.json() as {
      identical: boolean;
      differing: { email: string; why: string[] }[];
    };
    expect(identical).toBe(false);
    expect(differing.length).toBeGreaterThan(3);
    for (const { email, why } of differing)
      expect([email, why[0]]).toEqual([
        expect.stringMatching(/^p\d+@example\.com$/),
        expect.stringMatching(WHY[fault]!),
      ]);
  },
);

const WHY: Record<string, RegExp> = {
  gate: /^mail welcome is there \d+ times/,
  email: /^stored more than once/,
  merge: /differ in "(shuffled|four at a time)"/,
};

test("a file that is no export is refused by its line", async () => {
  writeFileSync(place.path("other.ndjson"), '{"source":"a"}\n');
  const ran = await place.run(["replay", "other.ndjson"]);
  expect([ran.code, ran.err]).toEqual([2, expect.stringMatching(/line 1, is no submission.*export --submissions/)]);
});

test("each way sends everything, the last one every batch by two senders", () => {
  const [once, twice, shuffled, four] = runPlans(3);
  const sent = (plan: typeof once) =>
    Array.from({ length: plan!.lanes }, (_, lane) => batchesOf(plan!, 1_000, lane)).flat();
  const all = Array.from({ length: 1_000 }, (_, index) => index);
  const places = (plan: typeof once) => sent(plan).flatMap((batch) => [...batch]);
  expect(places(once)).toEqual(all);
  expect(places(twice)).toEqual([...all, ...all]);
  expect(places(shuffled)).not.toEqual(all);
  expect(places(shuffled).toSorted((a, b) => a - b)).toEqual(all);
  const times = new Map<number, number>();
  for (const at of places(four)) times.set(at, (times.get(at) ?? 0) + 1);
  expect([...times.values()].every((count) => count === 2)).toBe(true);
  expect(times.size).toBe(1_000);
});

function digestOf(folder: string): string {
  const hash = createHash("sha256");
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  for (const path of files.map((entry) => join(entry.parentPath, entry.name)).sort()) {
    hash.update(path).update(readFileSync(path));
  }
  return hash.digest("hex");
}
