import { type HtmlPosition, settlePosition, startPosition } from "./html-position.ts";

/** Enclose an untrusted value between rendering and settling. Noncharacters: Unicode keeps them for such inner use. */
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

/** U+200C, the `&zwnj;` mail designers put into names so that clients do not make links of them. Shows nothing. */
const BREAK = "\u200C";

const MARKS = /[\uFDD0\uFDD1]/g;
/** Control characters except tab and line feed, and the bidirectional overrides that can turn a line around. */
const UNPRINTABLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What a mail client makes a link of: a scheme, `www.`, an IP address, or `name.tld` in any script. */
const LINK_LIKE =
  /:\/\/|\bwww[.。．｡]|\b(?:mailto|javascript|data|tel|sms):(?=\S)|[\p{L}\p{M}\p{N}][.。．｡][\p{L}\p{M}]{2}|\d\.\d{1,3}\.\d{1,3}\.\d/iu;
/** Every dot inside a word, and every colon after a letter: neither `evil.example` nor `http://` may hold together. */
const JOINT = /[.。．｡](?=[^\s.])|(?<=\p{L}):(?=\S)/gu;

/** An address plain enough that no part of it can be taken for anything else. */
const PLAIN_ADDRESS = /^[A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,253}$/;

/** Escapes text for HTML, element content and quoted attributes alike. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ESCAPES[character] ?? character);
}

/** Drops what no mail should carry from a form: control characters, direction overrides, our own marks. */
export function printable(value: string): string {
  return value.replace(/\r\n?/g, "\n").replace(UNPRINTABLE, "").replace(MARKS, "");
}

/** Whether a mail client may make a link of this text. Errs on the side of yes: `St.John` counts as one. */
export function looksLikeLink(value: string): boolean {
  return LINK_LIKE.test(value);
}

/** Whether this is an ordinary e-mail address and nothing else. */
export function isPlainAddress(value: string): boolean {
  return PLAIN_ADDRESS.test(value);
}

/** Keeps mail clients from making links of bare addresses in this text, which looks the same afterwards. */
export function defuse(text: string): string {
  // On both sides: some clients take `www.` alone for a link, others accept U+200C inside a name before `.com`.
  return text.replace(JOINT, (joint) => BREAK + joint + BREAK);
}

/** Marks a value, already escaped, as coming from outside, for {@link settleHtml} to judge by where it landed. */
export function markUntrusted(escaped: string): string {
  return escaped === "" ? "" : OPEN + escaped + CLOSE;
}

/** Takes the marks out of rendered text without judging. */
export function unmarked(text: string): string {
  return text.replace(MARKS, "");
}

/**
 * Resolves the marks in rendered HTML: the same value is harmless as text, and an attacker's link in an `href`.
 * Text is defused, an address made of it becomes `#`, and where markup or code would be read it is left out.
 */
export function settleHtml(html: string): string {
  const [first = "", ...rest] = html.split(OPEN);
  const position = startPosition();
  let settled = settlePosition(position, first);
  for (const piece of rest) {
    const end = piece.indexOf(CLOSE);
    const value = piece.slice(0, end);
    settled += place(value, position) + settlePosition(position, piece.slice(end + 1));
  }
  return settled;
}

function place(value: string, position: HtmlPosition): string {
  if (position.state === "text" || position.state === "comment") return defuse(value);
  if (position.state !== "value" || position.skipping) return "";
  const verdict = attributeVerdict(position.attribute, position.value);
  if (verdict === "keep") {
    position.value += value;
    return value;
  }
  if (verdict === "block") position.skipping = true;
  return verdict === "block" ? "#" : "";
}

const ADDRESS_ATTRIBUTES = new Set(
  "href src srcset action formaction background poster data cite xlink:href".split(" "),
);
/** The author fixed where the link leads, and the value only fills in the rest of it. */
const FIXED_TARGET = /^\s*(?:https?:\/\/[^/?#\s]+[/?#]|mailto:|tel:|sms:)/i;

function attributeVerdict(attribute: string, before: string): "keep" | "drop" | "block" {
  if (attribute === "style" || attribute === "srcdoc" || attribute.startsWith("on")) return "drop";
  if (ADDRESS_ATTRIBUTES.has(attribute) && !FIXED_TARGET.test(before)) return "block";
  return "keep";
}
