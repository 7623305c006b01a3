import { LeadgateError } from "../base/errors.ts";
import type { Json } from "../lead/types.ts";

/** JSON's strings and numbers; the text is known to be JSON when this is used, so nothing else can look like one. */
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

/**
 * Parses JSON (RFC 8259) without losing digits: numbers that a double can't hold, such as the 19-digit ids of ad
 * platforms, become strings of the same digits.
 *
 * @throws LeadgateError `malformed` where it is no JSON.
 */
export function parseJson(text: string): Json {
  const parsed = parse(text);
  if (!/\d{16}|\d[eE.]/.test(text)) return parsed;
  const quoted = text.replace(TOKENS, (token) => (token.startsWith('"') || isExact(token) ? token : `"${token}"`));
  return quoted === text ? parsed : parse(quoted);
}

function parse(text: string): Json {
  try {
    return JSON.parse(text) as Json;
  } catch (error) {
    const message = `is not valid JSON: ${positionOf(error)}`;
    throw new LeadgateError("malformed", "The body is not valid JSON.", {
      cause: error,
      faults: [{ path: "", message }],
    });
  }
}

/** Where it broke, without what stood there: V8 quotes the text, which may be anything. */
function positionOf(error: unknown): string {
  const position = /position \d+( \(line \d+ column \d+\))?/.exec(String(error))?.[0];
  return position === undefined ? "it ends too early" : `look at ${position}`;
}

/** Fifteen significant digits always survive a double (IEEE 754); longer ones do if they come back the same. */
function isExact(token: string): boolean {
  const value = Number(token);
  const digits = token
    .replace(/[eE].*$/, "")
    .replace(/[-.]/g, "")
    .replace(/^0+/, "").length;
  if (!Number.isFinite(value) || (value === 0 && digits > 0)) return false;
  return digits <= 15 || String(value) === token;
}
