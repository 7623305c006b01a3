import { expect, test } from "@jest/globals";
import { createGather } from "../../src/flow/gather.ts";
import { numbers } from "../support/parallel.ts";

test("what is asked while a batch is under way forms the next one, and each gets its own answer", async () => {
  const batches: number[][] = [];
  const double = createGather(async (items: readonly number[]) => {
    batches.push([...items]);
    return items.map((item) => 2 * item);
  }, 4);
  const answers = await Promise.all(numbers(10).map(double));
  expect(answers).toEqual(numbers(10).map((item) => 2 * item));
  expect(batches.map((batch) => batch.length)).toEqual([1, 4, 4, 1]);
});

test("a batch that fails fails for all in it, and the next one is done", async () => {
  let fails = true;
  const work = createGather(async (items: readonly number[]) => {
    if (fails) throw new Error("away");
    return items;
  }, 4);
  const failed = await Promise.allSettled([work(1), work(2)]);
  expect(failed.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
  fails = false;
  expect(await work(3)).toBe(3);
});
