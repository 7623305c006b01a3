import { canonicalJson } from "./canonical-json.ts";
import { compareStamps, type Stamp, type Stamps } from "./stamps.ts";
import { type EmailKey, type Json, type JsonObject, TEXT_FIELDS, type TextField, type Utm } from "./types.ts";

/** The fields of a lead that submissions fill, by name. `email` is the address as it was given. */
export type FieldValues = Partial<Record<TextField, string>> & { emailAsGiven: string; consent?: boolean };

/** What a submission says of a person once normalised: nothing blank in it. */
export interface Contribution {
  readonly email: EmailKey;
  readonly fields: FieldValues;
  readonly utm: Utm;
  readonly attributes: JsonObject;
}

/** The part of a lead that is made by merging contributions. */
export interface LeadState {
  readonly fields: FieldValues;
  readonly source: string;
  readonly utm: Utm;
  readonly attributes: JsonObject;
  readonly stamps: Stamps;
}

/** What a merge did, seen by the person looking at the lead. */
export type MergeOutcome = "updated" | "unchanged" | "stale";

export interface Merged {
  readonly state: LeadState;
  readonly outcome: MergeOutcome;
  /** What now reads differently: `[name, before, after]`, attributes as `attributes.<key>`. */
  readonly changes: readonly (readonly [name: string, from: Json, to: Json])[];
}

/** The state of a lead that has seen this one contribution only. */
export function firstState(contribution: Contribution, stamp: Stamp): LeadState {
  const stampAll = (keys: readonly string[]) => new Map(keys.map((key) => [key, stamp]));
  return {
    fields: contribution.fields,
    source: stamp.source,
    utm: contribution.utm,
    attributes: contribution.attributes,
    stamps: {
      fields: stampAll(Object.keys(contribution.fields)),
      attributes: stampAll(Object.keys(contribution.attributes)),
      firstTouch: stamp,
      ...(isEmpty(contribution.utm) ? {} : { utm: stamp }),
    },
  };
}

/**
 * Joins two states of one lead. For each field and attribute the value with the greater stamp stands; `source` and
 * `utm` are those of the least. It is commutative, associative and idempotent, so leads come out the same whatever the
 * order, repetition or grouping of what was sent (a join semilattice: Shapiro et al., "Conflict-free Replicated Data
 * Types", 2011).
 */
export function join(a: LeadState, b: LeadState): LeadState {
  const fields = joinValues(
    { values: a.fields, stamps: a.stamps.fields },
    { values: b.fields, stamps: b.stamps.fields },
  );
  const attributes = joinValues(
    { values: a.attributes, stamps: a.stamps.attributes },
    { values: b.attributes, stamps: b.stamps.attributes },
  );
  const first = compareStamps(a.stamps.firstTouch, b.stamps.firstTouch) <= 0 ? a : b;
  const touched = joinUtm(a, b);
  return {
    fields: fields.values as FieldValues,
    source: first.source,
    utm: touched.utm,
    attributes: attributes.values,
    stamps: {
      fields: fields.stamps,
      attributes: attributes.stamps,
      firstTouch: first.stamps.firstTouch,
      ...(touched.stamps.utm === undefined ? {} : { utm: touched.stamps.utm }),
    },
  };
}

/** Merges one more contribution into a lead and tells what came of it. */
export function merge(state: LeadState, contribution: Contribution, stamp: Stamp): Merged {
  const arriving = firstState(contribution, stamp);
  const joined = join(state, arriving);
  const changes = differences(state, joined);
  return { state: joined, outcome: changes.length > 0 ? "updated" : outcomeOf(joined, arriving), changes };
}

/** Nothing changed: either the same was said, or something else was and newer words stand. */
function outcomeOf(joined: LeadState, arriving: LeadState): MergeOutcome {
  const contradicted = (standing: JsonObject, said: JsonObject) =>
    Object.entries(said).some(([name, value]) => !same(standing[name] ?? null, value));
  return contradicted(joined.fields as JsonObject, arriving.fields as JsonObject) ||
    contradicted(joined.attributes, arriving.attributes)
    ? "stale"
    : "unchanged";
}

interface Stamped {
  readonly values: JsonObject | FieldValues;
  readonly stamps: ReadonlyMap<string, Stamp>;
}

function joinValues(a: Stamped, b: Stamped): { values: JsonObject; stamps: Map<string, Stamp> } {
  const values = new Map(Object.entries(a.values as JsonObject));
  const stamps = new Map(a.stamps);
  for (const [name, value] of Object.entries(b.values as JsonObject)) {
    const arriving = b.stamps.get(name)!;
    const standing = stamps.get(name);
    if (standing !== undefined && !wins({ value, stamp: arriving }, { value: values.get(name)!, stamp: standing })) {
      continue;
    }
    values.set(name, value);
    stamps.set(name, arriving);
  }
  // Object.fromEntries defines own properties: a field named `__proto__` stays a field.
  return { values: Object.fromEntries(values), stamps };
}

interface Claim {
  readonly value: Json;
  readonly stamp: Stamp;
}

/** Equal stamps mean equal content; should they ever not, the texts decide, so that the order still does not. */
function wins(arriving: Claim, standing: Claim): boolean {
  const order = compareStamps(arriving.stamp, standing.stamp);
  return order > 0 || (order === 0 && canonicalJson(arriving.value) > canonicalJson(standing.value));
}

function joinUtm(a: LeadState, b: LeadState): LeadState {
  if (a.stamps.utm === undefined) return b;
  if (b.stamps.utm === undefined) return a;
  const order = compareStamps(a.stamps.utm, b.stamps.utm);
  if (order !== 0) return order < 0 ? a : b;
  return canonicalJson(a.utm as JsonObject) <= canonicalJson(b.utm as JsonObject) ? a : b;
}

/** What a person would see differ between two states, in the order the fields are shown. */
function differences(before: LeadState, after: LeadState): Merged["changes"] {
  const changes: (readonly [string, Json, Json])[] = [];
  const compare = (name: string, from: Json | undefined, to: Json | undefined) => {
    if (!same(from ?? null, to ?? null)) changes.push([name, from ?? null, to ?? null]);
  };
  for (const name of ["emailAsGiven", ...TEXT_FIELDS, "consent"] as const) {
    compare(name, before.fields[name], after.fields[name]);
  }
  compare("source", before.source, after.source);
  compare("utm", before.utm as JsonObject, after.utm as JsonObject);
  for (const [key, value] of Object.entries(after.attributes)) {
    const own = Object.hasOwn(before.attributes, key) ? before.attributes[key] : null;
    compare(`attributes.${key}`, own, value);
  }
  return changes;
}

function same(a: Json, b: Json): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}
