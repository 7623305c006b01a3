import { type HtmlPosition, settlePosition, startPosition } from "./html-position.ts";

/** Enclose an untrusted value between rendering and settling. Noncharacters: Unicode keeps them for such inner use. */
const OPEN = "\uFDD0";
const CLOSE = "\uFDD1";

/** U+200C, the `&zwnj;` mail designers put into names so that clients do not make links of them. Shows nothing. */
const BREAK = 0x200c;

const MARKS = /[\uFDD0\uFDD1]/g;
/** Control characters except tab and line feed, and the bidirectional overrides that can turn a line around. */
const UNPRINTABLE = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F\u202A-\u202E\u2066-\u2069]/g;
const ESCAPES: Record<string, string> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** What a mail client makes a link of: a scheme, `www.`, an IP address, or `name.tld` in any script. */
const LINK_LIKE =
  /:\/\/|\bwww[.。．｡]|\b(?:mailto|javascript|data|tel|sms):(?=\S)|[\p{L}\p{M}\p{N}][.。．｡][\p{L}\p{M}]{2}|\d\.\d{1,3}\.\d{1,3}\.\d/iu;

/** Dots of every script, by code unit, and the colon. */
const DOTS = new Set([...".。．｡"].map((dot) => dot.charCodeAt(0)));
const COLON = ":".charCodeAt(0);
const SPACE = /\s/;
const ENDS_WITH_LETTER = /\p{L}$/u;

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
  // Into an array of code units: a replacement for each dot would make three strings of each, which costs more to clear
  // away than to find once a text is nothing but dots.
  const units = new Uint16Array(text.length * 3);
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    // On both sides: some clients take `www.` alone for a link, others accept U+200C inside a name before `.com`.
    const isJoining = isJoint(text, at, unit);
    if (isJoining) units[length++] = BREAK;
    units[length++] = unit;
    if (isJoining) units[length++] = BREAK;
  }
  return length === text.length ? text : textOf(units.subarray(0, length));
}

/** Every dot inside a word, and every colon after a letter: neither `evil.example` nor `http://` may hold together. */
function isJoint(text: string, at: number, unit: number): boolean {
  if (unit !== COLON && !DOTS.has(unit)) return false;
  const next = text.charAt(at + 1);
  if (next === "" || SPACE.test(next)) return false;
  return unit === COLON ? ENDS_WITH_LETTER.test(text.slice(Math.max(at - 2, 0), at)) : next !== ".";
}

function textOf(units: Uint16Array): string {
  let text = "";
  // A call takes its arguments on the stack, which has an end.
  for (let at = 0; at < units.length; at += 8_192)
    text += Reflect.apply(String.fromCharCode, null, units.subarray(at, at + 8_192));
  return text;
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
