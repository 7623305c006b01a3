import { domainToASCII } from "node:url";
import { LeadgateError } from "../base/errors.ts";
import type { EmailKey } from "./types.ts";

export interface EmailReading {
  /** What a lead is unique by. */
  readonly key: EmailKey;
  /** The bare address in the person's own spelling; mail goes to it. */
  readonly asGiven: string;
}

/** Which spellings the instance holds for one mailbox, beyond letter case. */
export interface EmailFold {
  readonly foldPlus: boolean;
  readonly foldGmailDots: boolean;
}

/** Room for a display name or a `mailto:` query around an address; anything longer is no address and not worth a scan. */
const MAX_TYPED_LENGTH = 2048;
const MAX_LOCAL_OCTETS = 64;
const MAX_KEY_OCTETS = 254;

/** White space, and characters that take no room on the screen: pasting brings them along unseen. */
const BLANK = "\\p{White_Space}\\p{Default_Ignorable_Code_Point}";
/** The overrides turn the visible order of an address around, which no honest paste does; they are never trimmed. */
const BLANK_ENDS = new RegExp(`^[${BLANK}]+|(?<![${BLANK}])[${BLANK}]+$`, "gu");
const OVERRIDE = /[\u202d\u202e]/;
const WHITE_SPACE = /\p{White_Space}/u;
const HIDDEN = /[\p{Cc}\p{Default_Ignorable_Code_Point}\p{Bidi_Control}]/u;
/** Persian and Indic domain names are spelled with these; IDNA decides where they may stand. */
const JOINERS = /[\u200c\u200d]/g;
/**
 * Words and quoted strings before `<`, or an empty pair of quotes, as form templates leave it where no name was typed.
 * A comma may stand unquoted, since address books copy `Doe, Ann <…>`.
 */
const DISPLAY_NAME = /^(?:""|(?:[^\p{Cc}"<>()[\]:;@\\]|"(?:[^\p{Cc}"\\]|\\\P{Cc})+")*)$/u;
/** What RFC 5321 and RFC 6531 let stand between the dots of a local part. A combining mark needs something to combine with. */
const ATOM = /^[\p{L}\p{N}!#$%&'*+\-/=?^_`{|}~][\p{L}\p{N}\p{M}!#$%&'*+\-/=?^_`{|}~]*$/u;
const DOMAIN_LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/;

/**
 * Reads the one address in what a person or a form sent: bare, as a `mailto:` link, or with a display name.
 *
 * @returns the key, and the bare address in the person's own spelling but for a trailing dot, which SMTP does not allow.
 * @throws LeadgateError `invalid-email` when no deliverable address can be read; it never quotes the address.
 */
export function readEmail(typed: string): EmailReading {
  const asGiven = bareAddress(typed);
  const address = asGiven.normalize("NFC");
  const at = address.lastIndexOf("@");
  refuseOtherForms(address, at);
  refuseHidden(address, at);
  const local = localKey(address.slice(0, at));
  const key = `${local}@${domainKey(address.slice(at + 1))}`;
  if (Buffer.byteLength(key) > MAX_KEY_OCTETS) {
    refuse(`The address is longer than ${MAX_KEY_OCTETS} octets; check that nothing was pasted along with it.`);
  }
  return { key: key as EmailKey, asGiven: asGiven.replace(/[.。．｡]$/, "") };
}

/**
 * Turns what a person typed into the key a lead is unique by.
 *
 * Dots and plus tags stay: only the receiving host knows what they mean (RFC 5321 section 2.3.11).
 *
 * @returns the key, at most 254 octets, ASCII domain; applying it twice changes nothing.
 * @throws LeadgateError `invalid-email` when no deliverable address can be read.
 */
export function toEmailKey(typed: string): EmailKey {
  return readEmail(typed).key;
}

/**
 * Merges the spellings that reach one mailbox, as far as the instance says so.
 *
 * @returns a key again, so folding twice changes nothing; a tag that is all there is of a local part stays.
 */
export function foldEmail(key: EmailKey, { foldPlus, foldGmailDots }: EmailFold): EmailKey {
  const at = key.lastIndexOf("@");
  const local = key.slice(0, at);
  const domain = key.slice(at + 1);
  const gmail = foldGmailDots && (domain === "gmail.com" || domain === "googlemail.com");
  const plus = local.includes("+") ? local.indexOf("+") : local.length;
  const name = gmail ? local.slice(0, plus).replaceAll(".", "") : local.slice(0, plus);
  // Without its tag `+tag` would be empty and `ann.+tag` end with a dot: no address, and so no key.
  const tag = foldPlus && name !== "" && !name.endsWith(".") ? "" : local.slice(plus);
  return `${name}${tag}@${gmail ? "gmail.com" : domain}` as EmailKey;
}

function bareAddress(typed: string): string {
  if (typed.length > MAX_TYPED_LENGTH)
    refuse(`The value is longer than ${MAX_TYPED_LENGTH} characters; give one address.`);
  return withoutMailto(withoutDisplayName(withoutMailto(trimmed(typed))));
}

function trimmed(text: string): string {
  const bare = text.replace(BLANK_ENDS, (blank) => (OVERRIDE.test(blank) ? blank : ""));
  if (bare === "") refuse("The address is empty; give one such as ann@example.com.");
  return bare;
}

function withoutMailto(text: string): string {
  const scheme = /^mailto:(?:\/\/)?/i.exec(text);
  if (scheme === null) return text;
  const [encoded = ""] = text.slice(scheme[0].length).split("?", 1);
  try {
    return trimmed(decodeURIComponent(encoded));
  } catch (error) {
    if (error instanceof LeadgateError) throw error;
    return refuse("The mailto: link is not percent-encoded correctly; give the bare address.");
  }
}

function withoutDisplayName(text: string): string {
  if (!text.endsWith(">")) return text;
  const open = text.lastIndexOf("<");
  const name = text.slice(0, Math.max(open, 0)).trim();
  const address = text.slice(open + 1, -1);
  // Some mail programs put the address itself where the name would be, Outlook in single quotes.
  const repeated = name.replace(/^'(.*)'$/, "$1").toLowerCase() === address.toLowerCase();
  if (open >= 0 && (DISPLAY_NAME.test(name) || repeated)) return address;
  return refuse("The name before the address is not well-formed; give the bare address.");
}

function refuseHidden(address: string, at: number): void {
  if (WHITE_SPACE.test(address)) refuse("There is white space inside the address; remove it.");
  const withoutJoiners = address.slice(0, at + 1) + address.slice(at + 1).replace(JOINERS, "");
  if (HIDDEN.test(withoutJoiners) || !address.isWellFormed()) {
    refuse("The address holds a control, invisible or text-direction character; type it again by hand.");
  }
}

/** Forms that mail standards know and hardly any mail system delivers to, told apart so that each gets its own mend. */
function refuseOtherForms(address: string, at: number): void {
  if (at < 0) refuse("The address has no @; give one such as ann@example.com.");
  if (address.includes('"')) refuse("Quotation marks are not taken in an address; give it without them.");
  if (/[()]/.test(address)) refuse("Comments in brackets are not taken in an address; remove them.");
  if (address.startsWith("[", at + 1))
    refuse("A numeric address in brackets is not taken; give a domain name after the @.");
  if (/[,;]/.test(address) || address.indexOf("@") !== at) refuse("There is more than one address; give a single one.");
}

function localKey(local: string): string {
  if (local === "") refuse("There is nothing before the @; give the whole address.");
  const atoms = local.split(".");
  if (atoms.includes("")) refuse("There is a dot too many before the @; dots stand only between other characters.");
  if (!atoms.every((atom) => ATOM.test(atom))) {
    refuse("A character before the @ is not allowed in an address; check the spelling.");
  }
  // J with caron is composed in lower case only, hence the second NFC.
  const key = local.toLowerCase().normalize("NFC");
  if (Buffer.byteLength(key) > MAX_LOCAL_OCTETS) {
    refuse(
      `The part before the @ is longer than ${MAX_LOCAL_OCTETS} octets; check that nothing was pasted along with it.`,
    );
  }
  return key;
}

function domainKey(domain: string): string {
  // `domainToASCII` reads a URL's host: it would decode `%41` and cut at `/`, so other ASCII never gets there.
  const ascii = /^[a-z0-9.\-\u0080-\u{10ffff}]+$/iu.test(domain) ? domainToASCII(domain) : "";
  const labels = ascii.replace(/\.$/, "").split(".");
  if (!labels.every((label) => DOMAIN_LABEL.test(label))) {
    refuse("The part after the @ is not a domain name; check its spelling.");
  }
  // It also takes a number for an IP address: `1` becomes `0.0.0.1`.
  if (labels.length < 2 || /^[0-9]+$/.test(labels.at(-1) ?? "")) {
    refuse("The domain after the @ has no ending such as .com; give the full domain name.");
  }
  return labels.join(".");
}

function refuse(message: string): never {
  throw new LeadgateError("invalid-email", message, { faults: [{ path: "email", message }] });
}
