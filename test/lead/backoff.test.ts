import { describe, expect, test } from "@jest/globals";
import { retryDelayMs } from "../../src/lead/backoff.ts";

const HIGHEST = () => 1 - Number.EPSILON;
const LOWEST = () => 0;

describe("retries spread out and slow down", () => {
  test.each([
    [1, 4_999],
    [2, 9_999],
    [5, 79_999],
    [11, 3_599_999],
    [1_000, 3_599_999],
    [Number.POSITIVE_INFINITY, 3_599_999],
    [0, 4_999],
    [Number.NaN, 4_999],
  ])("after failure %p between 1 s and %p ms", (attempt, longest) => {
    expect(retryDelayMs(attempt, LOWEST)).toBe(1_000);
    expect(retryDelayMs(attempt, HIGHEST)).toBe(longest);
  });

  test.each([
    [30, 30_000],
    [0.5, 500],
    [1e9, 86_400_000],
    [Number.POSITIVE_INFINITY, 86_400_000],
  ])("when asked to wait %p s, never sooner than %p ms, and not all at once", (seconds, least) => {
    expect(retryDelayMs(1, LOWEST, seconds)).toBe(least);
    expect(retryDelayMs(1, HIGHEST, seconds)).toBe(least + 4_999);
  });

  test.each([[0], [-5], [Number.NaN]])("an asked wait of %p s means none", (seconds) => {
    expect(retryDelayMs(1, LOWEST, seconds)).toBe(1_000);
  });
});
