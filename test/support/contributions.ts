import fc from "fast-check";
import type { Contribution } from "../../src/lead/merge.ts";
import type { Stamp } from "../../src/lead/stamps.ts";
import { type EmailKey, type JsonObject, TEXT_FIELDS } from "../../src/lead/types.ts";

/** What one submission said, and when. */
export type Stamped = readonly [Contribution, Stamp];

export const anyStamp: fc.Arbitrary<Stamp> = fc.record({
  // Few values, so that ties are common.
  at: fc.integer({ min: 0, max: 3 }),
  source: fc.constantFrom("a", "b", "ä", "z-1"),
  identity: fc.oneof(fc.constantFrom("key:1", "key:10", "key:2"), fc.string({ unit: "binary", maxLength: 3 })),
});

/** Names that plain objects treat in ways of their own, and ordinary ones. */
export const anyKey = fc.constantFrom(
  "__proto__",
  "constructor",
  "toString",
  "hasOwnProperty",
  "plan",
  "",
  "größe",
  "1",
);

const text = fc.constantFrom("x", "y", "Z", "ß");
const anyAttributes = fc
  .array(fc.tuple(anyKey, fc.oneof(text, fc.boolean(), fc.integer(), fc.constant({ deep: [1, null] }))), {
    maxLength: 4,
  })
  .map((entries) => Object.fromEntries(entries) as JsonObject);

const anyContribution: fc.Arbitrary<Contribution> = fc.record({
  email: fc.constant("ann@example.com" as EmailKey),
  fields: fc
    .tuple(
      fc.record({ emailAsGiven: fc.constantFrom("ann@example.com", "Ann@Example.com") }),
      fc.record(Object.fromEntries(TEXT_FIELDS.map((name) => [name, text])), { requiredKeys: [] }),
      fc.record({ consent: fc.boolean() }, { requiredKeys: [] }),
    )
    .map(([given, said, consent]) => ({ ...given, ...said, ...consent })),
  utm: fc.record({ source: text, medium: text }, { requiredKeys: [] }),
  attributes: anyAttributes,
});

export const anyStamped: fc.Arbitrary<Stamped> = fc.tuple(anyContribution, anyStamp);
