import { LeadgateError } from "../base/errors.ts";
import type { Json } from "./types.ts";

/** Levels of objects and arrays in one item. Real senders stay under ten. */
const MAX_DEPTH = 64;
/** Values in one item. A long form sent with each field's id, type, title and value comes to about a thousand. */
const MAX_VALUES = 5_000;

/**
 * Makes parsed input fit to be stored: U+0000 is stripped and lone surrogates are replaced (no database text can hold
 * them), and keys that could change an object's prototype are dropped, as secure-json-parse does.
 *
 * @throws LeadgateError `malformed` when it is nested too deep or has too many values.
 */
export function cleanJson(value: Json): Json {
  let values = 0;
  const clean = (node: Json, depth: number): Json => {
    if (typeof node === "string") return cleanText(node);
    if (typeof node !== "object" || node === null) return node;
    if (depth > MAX_DEPTH) throw tooMuch(`is nested more than ${MAX_DEPTH} levels deep; send it flatter`);
    const size = Array.isArray(node) ? node.length : Object.keys(node).length;
    values += size;
    if (values > MAX_VALUES) throw tooMuch(`has more than ${MAX_VALUES} values; send only what belongs to the lead`);
    if (Array.isArray(node)) return node.map((item) => clean(item, depth + 1));
    const entries = Object.entries(node).filter(([key, inner]) => !isDangerous(key, inner));
    return Object.fromEntries(entries.map(([key, inner]) => [cleanText(key), clean(inner, depth + 1)]));
  };
  return clean(value, 1);
}

function cleanText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  return whole.includes("\u0000") ? whole.replaceAll("\u0000", "") : whole;
}

function isDangerous(key: string, value: Json): boolean {
  if (key === "__proto__") return true;
  return key === "constructor" && typeof value === "object" && value !== null && Object.hasOwn(value, "prototype");
}

function tooMuch(message: string): LeadgateError {
  return new LeadgateError("malformed", `The request ${message}.`, { faults: [{ path: "", message }] });
}
