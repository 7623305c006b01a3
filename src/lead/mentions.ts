import { domainToUnicode } from "node:url";
import { type EmailFold, foldEmail, toEmailKey } from "./email.ts";
import type { Json } from "./types.ts";

/** Characters an address can hold; what stands between two others is looked at as one word. */
const WORD = /[\p{L}\p{N}\p{M}!#$%&'*+\-/=?^_`{|}~.]+@[\p{L}\p{N}\p{M}.-]+/gu;

/** The ways an address may be written in a text, in lower case: with its domain in ASCII and as people write it. */
export function spellingsOf(email: string): string[] {
  const at = email.lastIndexOf("@");
  const domain = email.slice(at + 1).toLowerCase();
  const local = email.slice(0, at).toLowerCase();
  return [...new Set([domain, domainToUnicode(domain)])].map((one) => `${local}@${one}`);
}

/**
 * Whether a value names one of these addresses anywhere, keys included. `joann@example.com` does not name
 * `ann@example.com`; however it is written, percent-encoded among others, an address names itself.
 *
 * @param keys of the addresses, folded.
 */
export function mentions(value: Json, keys: ReadonlySet<string>, folds: EmailFold): boolean {
  if (typeof value === "string") return textsOf(value).some((text) => namesOne(text, keys, folds));
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some((item) => mentions(item, keys, folds));
  return Object.entries(value).some(([key, inner]) => mentions(key, keys, folds) || mentions(inner, keys, folds));
}

function textsOf(text: string): string[] {
  try {
    const decoded = decodeURIComponent(text);
    return decoded === text ? [text] : [text, decoded];
  } catch {
    return [text];
  }
}

function namesOne(text: string, keys: ReadonlySet<string>, folds: EmailFold): boolean {
  for (const [word] of text.matchAll(WORD)) if (readings(word).some((one) => isOne(one, keys, folds))) return true;
  return false;
}

/** `mailto:` and `key=` before an address, and quotes or a full stop around it, are no part of it. */
function readings(word: string): string[] {
  const bare = word.replace(/^['`]+|['`.]+$/g, "");
  const starts = [0, ...[...bare.matchAll(/[=/?&|{}'`]/g)].map(({ index }) => index + 1)];
  const at = bare.lastIndexOf("@");
  return starts.filter((start) => start < at).map((start) => bare.slice(start));
}

function isOne(word: string, keys: ReadonlySet<string>, folds: EmailFold): boolean {
  try {
    const key = toEmailKey(word);
    return keys.has(key) || keys.has(foldEmail(key, folds));
  } catch {
    return false;
  }
}
