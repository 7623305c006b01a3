import { type EmailFold, foldEmail, readEmail } from "./email.ts";
import type { Contribution, FieldValues } from "./merge.ts";
import { normalisePhone } from "./phone.ts";
import { type Json, type JsonObject, type Recognised, TEXT_FIELDS, UTM_FIELDS, type Utm } from "./types.ts";

/**
 * Turns what was recognised into what is merged: the address becomes a key, a full name fills empty names, a phone
 * number becomes E.164 where it can, and blank values are left out, since they never win.
 *
 * @throws LeadgateError `invalid-email` when there is no usable address.
 */
export function normalise(recognised: Recognised, folds: EmailFold): Contribution {
  const { key, asGiven } = readEmail(recognised.email ?? "");
  return {
    email: foldEmail(key, folds),
    fields: { emailAsGiven: asGiven, ...fieldsOf(recognised) },
    utm: recognised.utm === undefined ? {} : (presentOf(UTM_FIELDS, recognised.utm) as Utm),
    attributes: Object.fromEntries(Object.entries(recognised.attributes).filter(([, value]) => !isBlank(value))),
  };
}

/** What is kept of a submission: its own words in canonical names, as `replay` and the timeline need them. */
export function toPayload(recognised: Recognised): JsonObject {
  const { sender: _sender, arrivalKeys: _arrival, senderId: _id, test: _test, missing: _missing, ...said } = recognised;
  const { occurredAt, event: _event, utm, ...rest } = said;
  return {
    ...(rest as JsonObject),
    ...(utm !== undefined && { utm: utm as JsonObject }),
    ...(occurredAt !== undefined && { occurredAt: occurredAt.toISOString() }),
  };
}

function fieldsOf(recognised: Recognised): Omit<FieldValues, "emailAsGiven"> {
  const said = presentOf(TEXT_FIELDS, recognised);
  const phone = said.phone === undefined ? {} : { phone: normalisePhone(said.phone, said.country) };
  const consent = recognised.consent === undefined ? {} : { consent: recognised.consent };
  return { ...namesFrom(recognised.fullName), ...said, ...phone, ...consent };
}

/** `Ada King Lovelace` → `Ada`, `King Lovelace`: only the person knows better, and may say so in two fields. */
function namesFrom(fullName: string | undefined): { firstName?: string; lastName?: string } {
  if (fullName === undefined || isBlank(fullName)) return {};
  const name = fullName.trim();
  const space = name.search(/\s/);
  if (space === -1) return { firstName: name };
  return { firstName: name.slice(0, space), lastName: name.slice(space).trim() };
}

function presentOf<Name extends string>(
  names: readonly Name[],
  values: Readonly<Partial<Record<Name, string>>>,
): Partial<Record<Name, string>> {
  const present: Partial<Record<Name, string>> = {};
  for (const name of names) if (!isBlank(values[name])) present[name] = values[name]!;
  return present;
}

/** White space, and what shows nothing at all: zero-width characters, Hangul fillers, a byte order mark. */
const INVISIBLE = /^[\s\p{Default_Ignorable_Code_Point}]*$/u;

/** `null`, white space, `{}` and `[]` say nothing; `false` and `0` do. */
function isBlank(value: Json | undefined): boolean {
  if (value === null || value === undefined) return true;
  if (typeof value === "string") return !isPlain(value.charCodeAt(0)) && INVISIBLE.test(value);
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** Nearly every text begins with a visible ASCII character, which spares it the pattern. */
function isPlain(code: number): boolean {
  return code > 0x20 && code < 0x7f;
}
