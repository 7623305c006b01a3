import { expect, test } from "@jest/globals";
import fc from "fast-check";
import { compareStamps, readStamps, type Stamps, storeStamps } from "../../src/lead/stamps.ts";
import { anyKey, anyStamp } from "../support/contributions.ts";

const anyMap = fc.array(fc.tuple(anyKey, anyStamp), { maxLength: 5 }).map((entries) => new Map(entries));
const anyStamps: fc.Arbitrary<Stamps> = fc.record(
  { fields: anyMap, attributes: anyMap, firstTouch: anyStamp, utm: anyStamp },
  { requiredKeys: ["fields", "attributes", "firstTouch"] },
);

const sorted = (map: Stamps["fields"]) => [...map].sort(([a], [b]) => (a < b ? -1 : 1));
const entries = (stamps: Stamps) => ({
  ...stamps,
  fields: sorted(stamps.fields),
  attributes: sorted(stamps.attributes),
});

test("stamps come back from storage as they were, by way of JSON", () => {
  fc.assert(
    fc.property(anyStamps, (stamps) => {
      const stored = JSON.parse(JSON.stringify(storeStamps(stamps)));
      expect(entries(readStamps(stored))).toEqual(entries(stamps));
    }),
  );
});

test("a stamp that many values share is stored once", () => {
  const stamp = { at: 1, source: "web", identity: "key:1" };
  const names = Array.from({ length: 100 }, (_, index) => `field ${index}`);
  const all = new Map(names.map((name) => [name, { ...stamp }]));
  expect(storeStamps({ fields: all, attributes: all, firstTouch: stamp, utm: stamp }).stamps).toEqual([
    [1, "web", "key:1"],
  ]);
});

test("stamps have one order: total, and equal only where nothing differs", () => {
  fc.assert(
    fc.property(anyStamp, anyStamp, anyStamp, (a, b, c) => {
      expect(Math.sign(compareStamps(a, b)) + Math.sign(compareStamps(b, a))).toBe(0);
      if (compareStamps(a, b) === 0) expect(a).toEqual(b);
      const [least, middle, greatest] = [a, b, c].sort(compareStamps);
      expect(compareStamps(least!, middle!)).toBeLessThanOrEqual(0);
      expect(compareStamps(least!, greatest!)).toBeLessThanOrEqual(0);
    }),
  );
});

test("time comes first, then source, then identity, by code unit", () => {
  const of = (at: number, source: string, identity: string) => ({ at, source, identity });
  const sorted = [of(1, "z", "z"), of(2, "B", "z"), of(2, "a", "10"), of(2, "a", "9"), of(2, "ä", "0")];
  expect(sorted.toReversed().sort(compareStamps)).toEqual(sorted);
});
