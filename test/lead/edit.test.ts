import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { type Contribution, type Edit, edit, firstState, join, type LeadState, merge } from "../../src/lead/merge.ts";
import { editOf } from "../../src/lead/patch.ts";
import { readStamps, type Stamp, storeStamps } from "../../src/lead/stamps.ts";
import type { EmailKey, JsonObject } from "../../src/lead/types.ts";
import { anyStamped, type Stamped } from "../support/contributions.ts";

const text = fc.constantFrom("x", "y", null);
const anyEdit: fc.Arbitrary<Edit> = fc.record(
  {
    fields: fc.record(
      {
        company: text,
        phone: text,
        country: text,
        emailAsGiven: fc.constantFrom("a@b.de", "A@b.de"),
        consent: fc.constantFrom(true, false, null),
      },
      { requiredKeys: [] },
    ),
    attributes: fc.record({ plan: text, "1": text, größe: text }, { requiredKeys: [] }),
    utm: fc.record({ source: fc.constantFrom("x", "y") }, { requiredKeys: [] }),
  },
  { requiredKeys: ["fields", "attributes"] },
);
type Step = readonly ["said", Stamped] | readonly ["edited", Edit, number, string];
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  anyStamped.map((stamped): Step => ["said", stamped]),
  fc
    .tuple(anyEdit, fc.integer({ min: 0, max: 3 }), fc.constantFrom("edit:1", "edit:2"))
    .map((one): Step => ["edited", ...one]),
);
const apply = (state: LeadState, step: Step): LeadState =>
  step[0] === "said" ? merge(state, ...step[1]).state : edit(state, step[1], step[2], step[3]).state;
const anyState = fc
  .tuple(anyStamped, fc.array(anyStep, { maxLength: 5 }))
  .map(([[contribution, stamp], steps]) => steps.reduce(apply, firstState(contribution, stamp)));

/** A state with its names in one order. */
function plain({ fields, attributes, source, utm, stamps }: LeadState) {
  const entries = (of: object | ReadonlyMap<string, unknown>) =>
    [...(of instanceof Map ? of : Object.entries(of))].sort(([a], [b]) => (a < b ? -1 : 1));
  const stored = { ...stamps, fields: entries(stamps.fields), attributes: entries(stamps.attributes) };
  return { fields: entries(fields), attributes: entries(attributes), source, utm: entries(utm), stamps: stored };
}

describe("states with edits and cleared fields join like any others", () => {
  test("in either order", () => {
    fc.assert(fc.property(anyState, anyState, (a, b) => expect(plain(join(a, b))).toEqual(plain(join(b, a)))));
  });

  test("in any grouping", () => {
    fc.assert(
      fc.property(anyState, anyState, anyState, (a, b, c) =>
        expect(plain(join(join(a, b), c))).toEqual(plain(join(a, join(b, c)))),
      ),
    );
  });

  test("as often as one likes", () => {
    fc.assert(
      fc.property(anyState, anyState, (a, b) => {
        expect(plain(join(a, a))).toEqual(plain(a));
        expect(plain(join(join(a, b), b))).toEqual(plain(join(a, b)));
      }),
    );
  });

  test("and survive being stored", () => {
    fc.assert(
      fc.property(anyState, (state) => {
        const stamps = readStamps(JSON.parse(JSON.stringify(storeStamps(state.stamps))));
        expect(plain({ ...state, stamps })).toEqual(plain(state));
      }),
    );
  });
});

test("an edit always takes effect, whatever stamps it finds", () => {
  fc.assert(
    fc.property(anyState, anyEdit, (state, wanted) => {
      const { state: edited } = edit(state, wanted, 0, "edit:9");
      for (const [name, value] of Object.entries(wanted.fields))
        expect((edited.fields as JsonObject)[name] ?? null).toBe(value);
      for (const [name, value] of Object.entries(wanted.attributes))
        expect(edited.attributes[name] ?? null).toBe(value);
      if (wanted.utm !== undefined) expect(edited.utm).toEqual(wanted.utm);
      expect([edited.source, edited.stamps.firstTouch]).toEqual([state.source, state.stamps.firstTouch]);
    }),
  );
});

test("nothing said before an edit undoes it, in whatever order it arrives", () => {
  fc.assert(
    fc.property(
      fc.array(anyStamped, { minLength: 1, maxLength: 5 }),
      anyEdit,
      fc.nat(),
      ([first, ...rest], wanted, cut) => {
        const [one, ...others] = [first!, ...rest];
        const early = others.slice(0, cut % (others.length + 1));
        const late = others.slice(early.length);
        const before = early.reduce((state, said) => merge(state, ...said).state, firstState(...one));
        const edited = edit(before, wanted, 1_000, "edit:1").state;
        const after = late.reduce((state, said) => merge(state, ...said).state, edited);
        for (const name of Object.keys(wanted.fields)) {
          expect((after.fields as JsonObject)[name]).toEqual((edited.fields as JsonObject)[name]);
        }
        for (const name of Object.keys(wanted.attributes))
          expect(after.attributes[name]).toEqual(edited.attributes[name]);
        if (wanted.utm !== undefined) expect(after.utm).toEqual(edited.utm);
      },
    ),
  );
});

const at = (time: number): Stamp => ({ at: time, source: "web", identity: `key:${time}` });
const said = (fields: object, attributes: JsonObject = {}): Contribution => ({
  email: "ann@example.com" as EmailKey,
  fields: { emailAsGiven: "ann@example.com", ...fields },
  utm: {},
  attributes,
});

test("a cleared field is filled again by what is said later, and told as a change", () => {
  const before = firstState(said({ company: "A" }, { plan: "pro" }), at(1));
  const cleared = edit(before, { fields: { company: null }, attributes: { plan: null } }, 5, "edit:1");
  expect(cleared.changes).toEqual([
    ["company", "A", null],
    ["attributes.plan", "pro", null],
  ]);
  expect(merge(cleared.state, said({ company: "Old" }), at(4)).outcome).toBe("stale");
  const later = merge(cleared.state, said({ company: "New" }), at(6));
  expect([later.outcome, later.changes]).toEqual(["updated", [["company", null, "New"]]]);
});

describe("a merge patch of nested values (RFC 7396, appendix A)", () => {
  test.each<[JsonObject, JsonObject, JsonObject]>([
    [{ a: "b" }, { a: "c" }, { a: "c" }],
    [{ a: "b" }, { b: "c" }, { b: "c" }],
    [{ a: "b" }, { a: null }, { a: null }],
    [{ a: "b", b: "c" }, { a: null }, { a: null }],
    [{ a: ["b"] }, { a: "c" }, { a: "c" }],
    [{ a: "c" }, { a: ["b"] }, { a: ["b"] }],
    [{ a: { b: "c" } }, { a: { b: "d", c: null } }, { a: { b: "d" } }],
    [{ a: [{ b: "c" }] }, { a: [1] }, { a: [1] }],
    [{ e: null }, { a: 1 }, { a: 1 }],
    [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
  ])("%j with %j", (standing, patch, attributes) => {
    const state = firstState(said({}, standing), at(1));
    expect(editOf(state, { attributes: patch }).attributes).toEqual(attributes);
  });
});
