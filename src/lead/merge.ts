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

/**
 * The part of a lead that is made by merging contributions and edits. A field or attribute that has a stamp and no value
 * was cleared: nothing older fills it again.
 */
export interface LeadState {
  readonly fields: FieldValues;
  readonly source: string;
  readonly utm: Utm;
  readonly attributes: JsonObject;
  readonly stamps: Stamps;
}

/** What a person with a key changes on a lead: values, or null for what is cleared. What is not named stays. */
export interface Edit {
  readonly fields: Readonly<Partial<Record<TextField | "emailAsGiven", string | null>> & { consent?: boolean | null }>;
  readonly attributes: JsonObject;
  /** The whole block as it is to stand. */
  readonly utm?: Utm;
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
      ...(touched.stamps.utmEdited && { utmEdited: true as const }),
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

/** Edits come from no source; on a tie what was submitted stands. */
const EDITOR = "";

/**
 * Edits a lead. The edit is stamped as newer than all it finds, so that it takes effect, and joined like anything else:
 * what was said before it but arrives later does not undo it, what is said later does.
 *
 * @param identity of the edit, unique.
 */
export function edit(state: LeadState, { fields, attributes, utm }: Edit, at: number, identity: string): Merged {
  const { stamps } = state;
  const known = [...stamps.fields.values(), ...stamps.attributes.values(), ...(stamps.utm ? [stamps.utm] : [])];
  const stamp: Stamp = {
    at: known.reduce((latest, one) => Math.max(latest, one.at + 1), at),
    source: EDITOR,
    identity,
  };
  const stampAll = (names: object) => new Map(Object.keys(names).map((name) => [name, stamp]));
  const joined = join(state, {
    fields: withoutNulls(fields as JsonObject) as FieldValues,
    source: state.source,
    utm: utm ?? {},
    attributes: withoutNulls(attributes),
    stamps: {
      fields: stampAll(fields),
      attributes: stampAll(attributes),
      firstTouch: stamps.firstTouch,
      ...(utm !== undefined && { utm: stamp, utmEdited: true as const }),
    },
  });
  const changes = differences(state, joined);
  return { state: joined, outcome: changes.length > 0 ? "updated" : "unchanged", changes };
}

function withoutNulls(object: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null));
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
  const arriving = new Map(Object.entries(b.values as JsonObject));
  const stamps = new Map(a.stamps);
  for (const [name, stamp] of b.stamps) {
    const standing = stamps.get(name);
    const value = arriving.get(name);
    if (standing !== undefined && !wins({ value, stamp }, { value: values.get(name), stamp: standing })) continue;
    if (value === undefined) values.delete(name);
    else values.set(name, value);
    stamps.set(name, stamp);
  }
  // Object.fromEntries defines own properties: a field named `__proto__` stays a field.
  return { values: Object.fromEntries(values), stamps };
}

interface Claim {
  /** Undefined where it was cleared. */
  readonly value: Json | undefined;
  readonly stamp: Stamp;
}

/** Equal stamps mean equal content; should they ever not, the texts decide, so that the order still does not. */
function wins(arriving: Claim, standing: Claim): boolean {
  const order = compareStamps(arriving.stamp, standing.stamp);
  return order > 0 || (order === 0 && textOf(arriving.value) > textOf(standing.value));
}

/** A value that was cleared is less than any other. */
function textOf(value: Json | undefined): string {
  return value === undefined ? "" : canonicalJson(value);
}

/** An edit stands before any first touch, the latest edit before others. */
function joinUtm(a: LeadState, b: LeadState): LeadState {
  if (a.stamps.utm === undefined) return b;
  if (b.stamps.utm === undefined) return a;
  if (a.stamps.utmEdited !== b.stamps.utmEdited) return a.stamps.utmEdited ? a : b;
  const order = (a.stamps.utmEdited ? -1 : 1) * compareStamps(a.stamps.utm, b.stamps.utm);
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
  const own = (state: LeadState, key: string) => (Object.hasOwn(state.attributes, key) ? state.attributes[key] : null);
  for (const key of new Set([...Object.keys(before.attributes), ...Object.keys(after.attributes)])) {
    compare(`attributes.${key}`, own(before, key), own(after, key));
  }
  return changes;
}

function same(a: Json, b: Json): boolean {
  return a === b || canonicalJson(a) === canonicalJson(b);
}

function isEmpty(object: object): boolean {
  return Object.keys(object).length === 0;
}
