import { afterEach, beforeEach, expect, jest, test } from "@jest/globals";
import { type Breaker, type BreakerOptions, createBreaker } from "../../src/flow/breaker.ts";
import { DatabaseAway } from "../../src/store/database-away.ts";

let answers: boolean | undefined;
let probes: number;
let changes: boolean[];
let breaker: Breaker;
beforeEach(() => {
  jest.useFakeTimers();
  answers = true;
  probes = 0;
  changes = [];
  breaker = breakerWith({});
});
afterEach(() => {
  breaker.close();
  jest.useRealTimers();
});

/** A probe that gets no answer knows that after 800 ms. */
function breakerWith(options: Partial<BreakerOptions>): Breaker {
  const probe = async () => {
    probes++;
    if (answers !== true) await new Promise((resolve) => setTimeout(resolve, 800));
    return answers === true;
  };
  return createBreaker({ probe, onChange: (isAway) => changes.push(isAway), ...options });
}

const pass = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const never = () => new Promise<never>(() => undefined);
const away = () => Promise.reject(new DatabaseAway());

/** How it stands with work, without waiting for it. */
function watch(work: Promise<unknown>) {
  const state = { told: "waits" };
  work.then(
    () => (state.told = "done"),
    (error: unknown) => (state.told = error instanceof DatabaseAway ? "away" : "failed"),
  );
  return state;
}

test("work that hangs on a database that does not answer is given up within two seconds, and so is all that waits", async () => {
  answers = false;
  const first = watch(breaker.run(never));
  await pass(600);
  const second = watch(breaker.run(never));
  await pass(1_400);
  expect([first.told, second.told, breaker.isAway]).toEqual(["away", "away", true]);
});

test("work that takes long on a database that answers is waited for", async () => {
  const work = watch(breaker.run(() => new Promise((resolve) => setTimeout(resolve, 9_000))));
  await pass(8_900);
  expect([work.told, breaker.isAway]).toEqual(["waits", false]);
  await pass(200);
  expect(work.told).toBe("done");
  expect(probes).toBeGreaterThan(5);
});

test("work that never ends though the database answers is given up alone", async () => {
  const stuck = watch(breaker.run(never));
  await pass(5_000);
  const other = watch(breaker.run(() => new Promise((resolve) => setTimeout(resolve, 6_000))));
  await pass(5_200);
  expect([stuck.told, other.told, breaker.isAway]).toEqual(["away", "waits", false]);
  await pass(1_000);
  expect(other.told).toBe("done");
});

test("once it is away nobody waits or asks, but one probe at a time, until it is back", async () => {
  answers = false;
  const refused = watch(breaker.run(away));
  await pass(0);
  expect(refused.told).toBe("away");
  await pass(800);
  let asked = 0;
  for (let times = 0; times < 50; times++) watch(breaker.run(async () => void asked++));
  await pass(10_000);
  expect(asked).toBe(0);
  expect(probes).toBeGreaterThan(5);
  // Each takes 800 ms, and the next comes half a second later.
  expect(probes).toBeLessThanOrEqual(9);
  answers = true;
  await pass(2_000);
  expect(breaker.isAway).toBe(false);
  expect(changes).toEqual([true, false]);
  expect(await breaker.run(async () => "works")).toBe("works");
});

test("one broken connection to a server that is well is told to its own caller alone", async () => {
  const other = watch(breaker.run(() => new Promise((resolve) => setTimeout(resolve, 50))));
  const unlucky = watch(breaker.run(away));
  await pass(0);
  expect([unlucky.told, breaker.isAway]).toEqual(["away", false]);
  await pass(100);
  expect([other.told, changes]).toEqual(["done", []]);
});

test("an error that says nothing of the database is told, and opens nothing", async () => {
  const failed = watch(breaker.run(() => Promise.reject(new Error("bug"))));
  await pass(0);
  expect([failed.told, breaker.isAway, probes]).toEqual(["failed", false, 0]);
});

test("whoever waits for an answer is told when it goes away, and who has it is not", async () => {
  const told: string[] = [];
  breaker.whenAway(
    () => told.push("waits"),
    () => true,
  );
  breaker.whenAway(
    () => told.push("has its answer"),
    () => false,
  );
  const done = breaker.whenAway(
    () => told.push("is done"),
    () => true,
  );
  done();
  await pass(200);
  answers = false;
  await pass(2_000);
  expect(told).toEqual(["waits"]);
  breaker.whenAway(
    () => told.push("comes late"),
    () => true,
  );
  expect(told).toEqual(["waits", "comes late"]);
});

test("a database that can't hang is waited for as long as it takes", async () => {
  breaker = breakerWith({ patient: true });
  answers = false;
  const work = watch(breaker.run(() => new Promise((resolve) => setTimeout(resolve, 60_000))));
  await pass(59_000);
  expect([work.told, probes]).toEqual(["waits", 0]);
});

test("a database that is away from the start is looked for", async () => {
  answers = false;
  breaker = breakerWith({ startsAway: true });
  expect(breaker.isAway).toBe(true);
  answers = true;
  await pass(2_000);
  expect(breaker.isAway).toBe(false);
});
