import type { Edit, LeadState } from "./merge.ts";
import { normalisePhone } from "./phone.ts";
import { type Json, type JsonObject, TEXT_FIELDS, type TextField, UTM_FIELDS, type UtmField } from "./types.ts";

type Patched<Value> = Value | null | undefined;

/** A merge patch of what submissions fill too (RFC 7396): null clears, what is absent stays. */
export interface LeadPatch extends Partial<Record<TextField, Patched<string>>> {
  readonly consent?: Patched<boolean>;
  readonly utm?: Patched<Partial<Record<UtmField, Patched<string>>>>;
  readonly attributes?: Patched<JsonObject>;
}

/** Turns a merge patch into what it comes to on a lead as it stands. */
export function editOf(state: LeadState, patch: LeadPatch): Edit {
  const { consent, utm, attributes } = patch;
  const texts = TEXT_FIELDS.flatMap((name) => (patch[name] === undefined ? [] : [[name, patch[name]] as const]));
  const country = patch.country === undefined ? state.fields.country : (patch.country ?? undefined);
  const phone = patch.phone == null ? {} : { phone: normalisePhone(patch.phone, country) };
  return {
    fields: { ...Object.fromEntries(texts), ...phone, ...(consent !== undefined && { consent }) },
    attributes: attributes === undefined ? {} : patchAttributes(state.attributes, attributes),
    ...(utm !== undefined && { utm: patchUtm(state, utm) }),
  };
}

function patchUtm(state: LeadState, patch: Exclude<LeadPatch["utm"], undefined>): NonNullable<Edit["utm"]> {
  if (patch === null) return {};
  const patched = UTM_FIELDS.map((name) => [name, patch[name] === undefined ? state.utm[name] : patch[name]] as const);
  return Object.fromEntries(patched.filter(([, value]) => value != null));
}

/** Each attribute by itself, since each has a stamp of its own. */
function patchAttributes(standing: JsonObject, patch: JsonObject | null): JsonObject {
  if (patch === null) return Object.fromEntries(Object.keys(standing).map((key) => [key, null]));
  return Object.fromEntries(
    Object.entries(patch).map(([key, value]): [string, Json] => [
      key,
      mergePatch(Object.hasOwn(standing, key) ? standing[key] : undefined, value),
    ]),
  );
}

/** RFC 7396, section 2; keys such as `__proto__` stay data. */
function mergePatch(target: Json | undefined, patch: Json): Json {
  if (!isObject(patch)) return patch;
  const merged = new Map(isObject(target) ? Object.entries(target) : []);
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) merged.delete(key);
    else merged.set(key, mergePatch(merged.get(key), value));
  }
  return Object.fromEntries(merged);
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
