import { cleanJson } from "../clean-json.ts";
import { parseJson } from "../parse-json.ts";
import type { Json, JsonObject } from "../types.ts";

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** An own value of an object; `constructor`, `__proto__` and the like are nothing unless they were sent. */
export function own(value: Json | undefined, key: string): Json | undefined {
  return isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
}

/** Own values along a fixed path. */
export function dig(value: Json | undefined, ...keys: string[]): Json | undefined {
  return keys.reduce<Json | undefined>((at, key) => own(at, key), value);
}

/** An own value that is an array, or an empty one. */
export function list(value: Json | undefined, key: string): Json[] {
  const found = own(value, key);
  return Array.isArray(found) ? found : [];
}

/** A copy without some keys. */
export function omit(value: JsonObject, ...keys: string[]): JsonObject {
  return Object.fromEntries(Object.entries(value).filter(([key]) => !keys.includes(key)));
}

export function isBlank(value: Json | undefined): boolean {
  if (value === undefined || value === null) return true;
  // The same white space and invisible characters as `normalise` leaves out.
  if (typeof value === "string") return /^[\s\p{Default_Ignorable_Code_Point}]*$/u.test(value);
  return typeof value === "object" && Object.keys(value).length === 0;
}

/** The one value of an array whose elements all say the same; any other value unchanged. */
export function single(value: Json | undefined): Json | undefined {
  if (!Array.isArray(value)) return value;
  const [first] = value;
  return value.every((item) => item === first) ? first : undefined;
}

/** Text as it was sent, a number as its decimals; nothing for a blank or anything else. */
export function text(value: Json | undefined): string | undefined {
  const one = single(value);
  if (typeof one === "number") return decimal(one);
  return typeof one === "string" && !isBlank(one) ? one : undefined;
}

/** A sender's id as text; a number too great to be exact is none, since two ids may have become one. */
export function idText(value: Json | undefined): string | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? String(value) : undefined;
  return typeof value === "string" ? text(value) : undefined;
}

/**
 * A JSON text of an object, or the object itself; nothing when it is malformed. What a text holds has not been looked at
 * when the request was cleaned.
 */
export function parsedObject(value: Json | undefined): JsonObject | undefined {
  if (typeof value !== "string") return isObject(value) ? value : undefined;
  try {
    const parsed = cleanJson(parseJson(value));
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const INSTANT =
  /^(\d{4})-(\d{2})-(\d{2})[Tt ](\d{2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,12}))?)?\s?([Zz]|UTC|[+-]\d{2}:?\d{2})$/;

/** A date and time with an offset; nothing for a date that no calendar has, or a time of no known place. */
export function instant(value: Json | undefined): Date | undefined {
  const parts = typeof value === "string" && value.length < 50 ? INSTANT.exec(value) : null;
  if (!parts) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts
    .slice(1, 7)
    .map((part) => Number(part ?? 0));
  const milliseconds = Number((parts[7] ?? "").padEnd(3, "0").slice(0, 3));
  const utc = new Date(0);
  utc.setUTCFullYear(year, month - 1, day);
  utc.setUTCHours(hour, minute, second, milliseconds);
  const isReal = utc.getUTCMonth() === month - 1 && utc.getUTCDate() === day && hour < 24 && minute < 60 && second < 60;
  const offset = offsetMinutes(parts[8] ?? "");
  return isReal && offset !== undefined ? new Date(utc.getTime() - offset * 60_000) : undefined;
}

/** Seconds or milliseconds since 1970, as a number or as digits, between 2001 and 2286. */
export function epoch(value: Json | undefined): Date | undefined {
  const number = typeof value === "string" && /^\d{10,13}$/.test(value) ? Number(value) : value;
  if (typeof number !== "number" || !(number >= 1e9 && number < 1e13)) return undefined;
  return new Date(number < 1e11 ? number * 1000 : number);
}

function offsetMinutes(zone: string): number | undefined {
  if (!/^[+-]/.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  if (hours > 23 || minutes > 59) return undefined;
  return (zone.startsWith("-") ? -1 : 1) * (hours * 60 + minutes);
}

function decimal(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined;
  return Number.isInteger(value) ? BigInt(value).toString() : String(value);
}
