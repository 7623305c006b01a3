import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Contribution, firstState, join, type LeadState, merge } from "../../src/lead/merge.ts";
import type { Stamp } from "../../src/lead/stamps.ts";
import type { EmailKey, Json, JsonObject } from "../../src/lead/types.ts";
import { anyStamped, type Stamped } from "../support/contributions.ts";

const stateOf = ([contribution, stamp]: Stamped): LeadState => firstState(contribution, stamp);
const mergeAll = ([first, ...rest]: readonly Stamped[]): LeadState =>
  rest.reduce((state, [contribution, stamp]) => merge(state, contribution, stamp).state, stateOf(first!));

/** A state with its names in one order: lists of entries, because `toEqual` does not look at a key `__proto__`. */
function plain({ fields, attributes, source, utm, stamps }: LeadState) {
  const entries = (of: object | ReadonlyMap<string, unknown>) =>
    [...(of instanceof Map ? of : Object.entries(of))].sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    fields: entries(fields),
    attributes: entries(attributes),
    source,
    utm: entries(utm),
    stamps: { ...stamps, fields: entries(stamps.fields), attributes: entries(stamps.attributes) },
  };
}

const anyState = fc.array(anyStamped, { minLength: 1, maxLength: 4 }).map(mergeAll);

describe("joining two states of a lead", () => {
  test("does not depend on which comes first", () => {
    fc.assert(fc.property(anyState, anyState, (a, b) => expect(plain(join(a, b))).toEqual(plain(join(b, a)))));
  });

  test("does not depend on grouping", () => {
    fc.assert(
      fc.property(anyState, anyState, anyState, (a, b, c) =>
        expect(plain(join(join(a, b), c))).toEqual(plain(join(a, join(b, c)))),
      ),
    );
  });

  test("with itself, or with what it already holds, changes nothing", () => {
    fc.assert(
      fc.property(anyState, anyState, (a, b) => {
        expect(plain(join(a, a))).toEqual(plain(a));
        expect(plain(join(join(a, b), b))).toEqual(plain(join(a, b)));
      }),
    );
  });
});

test("any order and any repetition of what was sent leaves the same lead", () => {
  const twoOrders = fc
    .array(anyStamped, { minLength: 1, maxLength: 6 })
    .chain((all) =>
      fc.tuple(
        fc.constant(all),
        fc.shuffledSubarray(all, { minLength: all.length }),
        fc.array(fc.constantFrom(...all), { maxLength: 6 }),
      ),
    );
  fc.assert(
    fc.property(twoOrders, ([all, shuffled, repeated]) =>
      expect(plain(mergeAll([...repeated, ...shuffled]))).toEqual(plain(mergeAll(all))),
    ),
  );
});

const at = (time: number, source = "web", identity = `key:${time}`): Stamp => ({ at: time, source, identity });
function said(
  fields: Record<string, string | boolean>,
  more: { utm?: object; attributes?: JsonObject } = {},
): Contribution {
  return {
    email: "ann@example.com" as EmailKey,
    fields: { emailAsGiven: "ann@example.com", ...fields },
    utm: more.utm ?? {},
    attributes: more.attributes ?? {},
  };
}

test.each<[string, [Contribution, Stamp], [Contribution, Stamp], string]>([
  ["newer, other value", [said({ company: "A" }), at(1)], [said({ company: "B" }), at(2)], "updated"],
  ["newer, same value", [said({ company: "A" }), at(1)], [said({ company: "A" }), at(2)], "unchanged"],
  ["older, same value", [said({ company: "A" }), at(2)], [said({ company: "A" }), at(1)], "unchanged"],
  ["older, other value", [said({ company: "A" }), at(2)], [said({ company: "B" }), at(1)], "stale"],
  ["older, but names a field nobody named", [said({ company: "A" }), at(2)], [said({ phone: "1" }), at(1)], "updated"],
  ["nothing but the address", [said({ company: "A" }), at(1)], [said({}), at(2)], "unchanged"],
  ["consent withdrawn", [said({ consent: true }), at(1)], [said({ consent: false }), at(2)], "updated"],
  [
    "consent given before it was withdrawn",
    [said({ consent: false }), at(2)],
    [said({ consent: true }), at(1)],
    "stale",
  ],
  ["older, of another source", [said({}), at(2, "b")], [said({}), at(1, "a")], "updated"],
  [
    "older attribute",
    [said({}, { attributes: { n: 1 } }), at(2)],
    [said({}, { attributes: { n: 2 } }), at(1)],
    "stale",
  ],
  ["same moment, later source", [said({ company: "A" }), at(1, "a")], [said({ company: "B" }), at(1, "b")], "updated"],
  [
    "same moment, earlier source",
    [said({ company: "A" }), at(1, "b")],
    [said({ company: "B" }), at(1, "a")],
    "updated",
  ],
])("%s", (_, [first, before], [second, after], outcome) => {
  const merged = merge(firstState(first, before), second, after);
  expect(merged.outcome).toBe(outcome);
  expect(merged.changes.length > 0).toBe(outcome === "updated");
});

test("on a tie the later source stands, and the earlier one is the first touch", () => {
  const b = merge(firstState(said({ company: "A" }), at(1, "b")), said({ company: "B" }), at(1, "a")).state;
  expect(b).toMatchObject({ fields: { company: "A" }, source: "a" });
});

test("`consent: false` is a value: it stands against an older yes in either order", () => {
  const yes: Stamped = [said({ consent: true }), at(1)];
  const no: Stamped = [said({ consent: false }), at(2)];
  expect(mergeAll([yes, no]).fields.consent).toBe(false);
  expect(mergeAll([no, yes]).fields.consent).toBe(false);
});

test("source and utm are of the first touch, utm as a whole and only from who had one", () => {
  const all: Stamped[] = [
    [said({}, { utm: { source: "ads", term: "t" } }), at(3, "c")],
    [said({}, { utm: { source: "mail", medium: "m" } }), at(2, "b")],
    [said({}), at(1, "a")],
  ];
  for (const order of [all, all.toReversed(), [all[1]!, all[0]!, all[2]!]]) {
    expect(mergeAll(order)).toMatchObject({ source: "a", utm: { source: "mail", medium: "m" } });
    expect(mergeAll(order).utm).not.toHaveProperty("term");
  }
});

test.each(["__proto__", "constructor", "toString", "hasOwnProperty"])(
  "an attribute named %s is data like any other",
  (name) => {
    const attribute = (value: Json) => said({}, { attributes: Object.fromEntries([[name, value]]) });
    const { state, outcome, changes } = merge(firstState(said({}), at(1)), attribute("x"), at(2));
    expect(Object.entries(state.attributes)).toEqual([[name, "x"]]);
    expect(changes).toEqual([[`attributes.${name}`, null, "x"]]);
    expect(outcome).toBe("updated");
    expect(merge(state, attribute("y"), at(1)).outcome).toBe("stale");
    expect(Object.prototype).not.toHaveProperty("polluted");
    expect(Object.getPrototypeOf(state.attributes)).toBe(Object.prototype);
  },
);
