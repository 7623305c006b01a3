import { type JsonObject, TEXT_FIELDS, UTM_FIELDS, type Utm } from "../lead/types.ts";
import { Trusted } from "./template-engine.ts";
import { isPlainAddress, looksLikeLink, printable } from "./untrusted.ts";

type Absent = null | undefined;
type Moment = Date | string | Absent;

/** What one submission said; every part may be absent. */
export type MailFields = { readonly [field in (typeof TEXT_FIELDS)[number] | "fullName"]?: string | Absent } & {
  readonly email?: string | Absent;
  readonly consent?: boolean | Absent;
  readonly source?: string | Absent;
  readonly utm?: Utm | Absent;
  readonly attributes?: JsonObject | Absent;
};

/** The lead as templates see it. `emailAsGiven` is where an answer goes when the key is folded. */
export interface MailLead extends MailFields {
  readonly id: string;
  readonly email: string;
  readonly emailAsGiven?: string | Absent;
  readonly status?: string | Absent;
}

export interface MailSubmission extends MailFields {
  readonly occurredAt?: Moment;
}

export interface MailEvent {
  readonly type: string;
  readonly value?: number | Absent;
  readonly currency?: string | Absent;
  readonly occurredAt?: Moment;
  readonly data?: JsonObject | Absent;
}

/** All that a template can draw on for one mail. Everything in lead, submission and event is taken for untrusted. */
export interface MailContext {
  /** `lead`: gets the footer with the unsubscribe link. `team`: no footer, and neither link of the lead's own. */
  readonly audience: "lead" | "team";
  readonly lead: MailLead;
  readonly submission?: MailSubmission | Absent;
  readonly event?: MailEvent | Absent;
  readonly instance: { readonly publicUrl: string; readonly postalAddress?: string | Absent };
  readonly unsubscribeUrl: string;
  readonly confirmUrl?: string | Absent;
}

/** `true` is a single value, `"any"` whatever was sent. */
type Known = true | "any" | { readonly [name: string]: Known };

const all = (names: readonly string[]): { [name: string]: Known } => Object.fromEntries(names.map((n) => [n, true]));
const SAID = { ...all([...TEXT_FIELDS, "fullName", "email", "consent", "source"]), utm: all(UTM_FIELDS) };

/** Every name a template may use, checked when templates are loaded. */
export const KNOWN_VARIABLES: { readonly [name: string]: Known } = {
  lead: { ...SAID, id: true, status: true, attributes: "any" },
  submission: { ...SAID, occurredAt: true, attributes: "any" },
  event: { ...all(["type", "value", "currency", "occurredAt"]), data: "any" },
  instance: all(["publicUrl", "postalAddress"]),
  unsubscribeUrl: true,
  confirmUrl: true,
};

type Scope = { [name: string]: unknown };

/**
 * Lays a context out for Liquid: printable, and blanks absent, so that `{% if lead.firstName %}` means what it says.
 *
 * @param omitLinks leaves out every value that looks like a link, for subjects and headers.
 */
export function toScope(context: MailContext, { omitLinks }: { omitLinks: boolean }): Scope {
  const toLead = context.audience === "lead";
  return {
    lead: person(context.lead, omitLinks),
    submission: context.submission ? person(context.submission, omitLinks) : undefined,
    event: context.event ? outside(context.event, omitLinks) : undefined,
    instance: {
      publicUrl: trusted(context.instance.publicUrl),
      postalAddress: trusted(context.instance.postalAddress),
    },
    // In a mail to the team these would confirm or unsubscribe the lead by a colleague's click.
    unsubscribeUrl: toLead ? trusted(context.unsubscribeUrl) : undefined,
    confirmUrl: toLead ? trusted(context.confirmUrl) : undefined,
  };
}

function person(said: MailFields, omitLinks: boolean): unknown {
  const { email, ...rest } = said;
  const fullName = said.fullName ?? [said.firstName, said.lastName].filter((name) => name?.trim()).join(" ");
  const address = email && isPlainAddress(email) ? new Trusted(email) : outside(email, omitLinks);
  return { ...(outside({ ...rest, fullName }, omitLinks) as Scope), email: address };
}

/** No form nests its answers deeper; what does is cut, before it can exhaust the stack. */
const MAX_DEPTH = 12;
/** Mail clients clip a mail at about 100 kB; the whole of what was sent stays with the lead. */
const MAX_LENGTH = 20_000;

/** A value as a template may print it; `undefined` when there is nothing to print. */
function outside(value: unknown, omitLinks: boolean, depth = 0): unknown {
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "string") {
    const text = printable(value.length > MAX_LENGTH ? `${value.slice(0, MAX_LENGTH)}…` : value).toWellFormed();
    return text.trim() === "" || (omitLinks && looksLikeLink(text)) ? undefined : text;
  }
  if (typeof value !== "object" || value === null) return value;
  if (depth === MAX_DEPTH) return undefined;
  if (Array.isArray(value)) return value.map((item) => outside(item, omitLinks, depth + 1));
  const entries = Object.entries(value).map(([name, inner]) => [printable(name), outside(inner, omitLinks, depth + 1)]);
  return Object.fromEntries(entries);
}

const trusted = (text: string | Absent) => (text?.trim() ? new Trusted(printable(text)) : undefined);
