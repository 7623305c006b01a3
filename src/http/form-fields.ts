import qs from "qs";
import { LeadgateError } from "../base/errors.ts";
import type { JsonObject } from "../lead/types.ts";
import { decodeLatin1, decodeText } from "./decode-text.ts";

/** Pairs of a form. */
export const MAX_FIELDS = 5_000;

/**
 * Reads an urlencoded body (URL standard, section 5.1), and names with brackets as `nestFields` does.
 *
 * @param isLatin1 whether the sender said so; what is said of no charset is UTF-8, or what it can only be.
 * @throws LeadgateError `malformed` when it has too many fields.
 */
export function parseUrlencoded(bytes: Buffer, isLatin1: boolean): JsonObject {
  const decode = isLatin1 ? decodeLatin1 : decodeText;
  const pairs = bytes
    .toString("latin1")
    .split("&", MAX_FIELDS + 1)
    .filter((pair) => pair !== "");
  return nestFields(
    pairs.map((pair): [string, string] => {
      const equals = pair.indexOf("=");
      const [name, value] = equals === -1 ? [pair, ""] : [pair.slice(0, equals), pair.slice(equals + 1)];
      return [decode(unescaped(name)), decode(unescaped(value))];
    }),
  );
}

/** @param text a character for each byte. */
function unescaped(text: string): Buffer {
  const bytes = text
    .replaceAll("+", " ")
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1");
}

/**
 * Makes an object of a form's fields: `fields[email][value]` becomes nested, a name that comes twice an array.
 *
 * @throws LeadgateError `malformed` when there are too many.
 */
export function nestFields(pairs: readonly (readonly [string, string])[]): JsonObject {
  if (pairs.length > MAX_FIELDS) throw tooManyFields();
  const byName = new Map<string, string | string[]>();
  for (const [name, value] of pairs) {
    const before = byName.get(name);
    if (Array.isArray(before)) before.push(value);
    else byName.set(name, before === undefined ? value : [before, value]);
  }
  const named = Object.fromEntries(byName) as Record<string, string>;
  return qs.parse(named, { depth: 20, arrayLimit: 100, plainObjects: true }) as JsonObject;
}

export function tooManyFields(cause?: unknown): LeadgateError {
  const message = `has more than ${MAX_FIELDS} fields; send only what belongs to the lead`;
  return new LeadgateError("malformed", `The form ${message}.`, { cause, faults: [{ path: "", message }] });
}
