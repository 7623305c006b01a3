import { domainToUnicode } from "node:url";
import { type EmailFold, foldEmail, toEmailKey } from "./email.ts";
import type { Json } from "./types.ts";

/** Characters an address can hold before its `@` and behind it; what stands between two others is looked at as one word. */
const BEFORE = /[\p{L}\p{N}\p{M}!#$%&'*+\-/=?^_`{|}~.]+$/u;
const BEHIND = /^[\p{L}\p{N}\p{M}.-]+/u;
/** More than any address has on either side, so that a long text takes no longer than its length. */
const MOST_BEFORE = 200;
const MOST_BEHIND = 300;

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
  for (let at = text.indexOf("@"); at !== -1; at = text.indexOf("@", at + 1)) {
    const [before] = BEFORE.exec(text.slice(Math.max(0, at - MOST_BEFORE), at)) ?? [];
    const [behind] = BEHIND.exec(text.slice(at + 1, at + 1 + MOST_BEHIND)) ?? [];
    // No address ends without a dot behind its `@`.
    if (before === undefined || !behind?.includes(".")) continue;
    if (readings(before, behind).some((one) => isOne(one, keys, folds))) return true;
  }
  return false;
}

/** `mailto:` and `key=` before an address, and quotes or a full stop around it, are no part of it. */
function readings(before: string, behind: string): string[] {
  const local = withoutEnds(before, "'`", "");
  const domain = withoutEnds(behind, "", ".");
  const starts = [0, ...[...local.matchAll(/[=/?&|{}'`]/g)].map(({ index }) => index + 1)];
  return starts.filter((start) => start < local.length).map((start) => `${local.slice(start)}@${domain}`);
}

function withoutEnds(text: string, first: string, last: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && first.includes(text[start]!)) start++;
  while (end > start && last.includes(text[end - 1]!)) end--;
  return text.slice(start, end);
}

function isOne(word: string, keys: ReadonlySet<string>, folds: EmailFold): boolean {
  try {
    const key = toEmailKey(word);
    return keys.has(key) || keys.has(foldEmail(key, folds));
  } catch {
    return false;
  }
}
