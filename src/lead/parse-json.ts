import { LeadgateError } from "../base/errors.ts";
import type { Json } from "./types.ts";

/** Where a string or a number begins; the text is known to be JSON when this is used, so nothing else looks like one. */
const BEGINNING = /["\d-]/g;
const NUMBER = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

/**
 * Parses JSON (RFC 8259) without losing digits: numbers that a double can't hold, such as the 19-digit ids of ad
 * platforms, become strings of the same digits.
 *
 * @throws LeadgateError `malformed` where it is no JSON.
 */
export function parseJson(text: string): Json {
  const parsed = parse(text);
  if (!/\d{16}|\d[eE.]/.test(text)) return parsed;
  const quoted = quoteInexact(text);
  return quoted === text ? parsed : parse(quoted);
}

/** Goes from token to token. One regular expression over all of them would overflow its stack on a long string. */
function quoteInexact(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  BEGINNING.lastIndex = 0;
  for (let found = BEGINNING.exec(text); found !== null; found = BEGINNING.exec(text)) {
    if (found[0] === '"') {
      BEGINNING.lastIndex = endOfString(text, found.index);
      continue;
    }
    NUMBER.lastIndex = found.index;
    const [token] = NUMBER.exec(text)!;
    BEGINNING.lastIndex = NUMBER.lastIndex;
    if (isExact(token)) continue;
    parts.push(text.slice(copied, found.index), `"${token}"`);
    copied = found.index + token.length;
  }
  return parts.join("") + text.slice(copied);
}

/** @param start where its opening quotation mark is. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end + 1;
}

function isEscaped(text: string, at: number): boolean {
  let before = at;
  while (text[before - 1] === "\\") before--;
  return (at - before) % 2 === 1;
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
