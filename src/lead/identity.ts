import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { Contribution } from "./merge.ts";
import type { Json, JsonObject, Recognised } from "./types.ts";

/**
 * What makes two requests the same submission, by the first of these that is there:
 * - `key`: the `Idempotency-Key` header (draft-ietf-httpapi-idempotency-key-header-07);
 * - `webhook`: the `webhook-id` header (Standard Webhooks);
 * - `form`: the field `_submission_id` of a form;
 * - `item`: the `submissionId` of an item;
 * - `sender`: the id the sending service gives each submission;
 * - `hash`: nothing but the content.
 */
export type IdentityKind = "key" | "webhook" | "form" | "item" | "sender" | "hash";

export interface Identity {
  readonly kind: IdentityKind;
  /** Namespaced by kind, at most 300 characters, unique for a source. */
  readonly value: string;
  /** SHA-256 over the RFC 8785 form of the parsed payload, hexadecimal. */
  readonly contentHash: string;
}

/** Everything a request may carry that tells which submission it is. */
export interface IdentityHints {
  readonly idempotencyKey?: string | undefined;
  readonly webhookId?: string | undefined;
  readonly formSubmissionId?: string | undefined;
  readonly itemSubmissionId?: string | undefined;
  readonly senderId?: string | undefined;
  /** Position in an array; absent for a single submission. */
  readonly index?: number | undefined;
}

/** Kinds whose caller promises that the same identity means the same content; breaking the promise is an error. */
const PROMISED: ReadonlySet<IdentityKind> = new Set(["key", "webhook", "item"]);

/** Whether the same identity with other content is to be refused rather than taken as another submission. */
export function promisesSameContent(kind: IdentityKind): boolean {
  return PROMISED.has(kind);
}

/**
 * The identity of one submission.
 *
 * @param payload the parsed payload as it was sent, which decides what "the same content" is.
 * @param contentKey what `contentKeyOf` says of its canonical content; used where nothing else identifies it.
 */
export function identify(hints: IdentityHints, payload: Json, contentKey: string): Identity {
  const contentHash = sha256(canonicalJson(payload));
  const [kind, value] = firstOf(hints) ?? (["hash", contentKey] as const);
  // Cached pages and "order 7 was updated" reuse ids for other content, and must lose nothing: such an identity is the
  // id together with the content.
  const full = PROMISED.has(kind) || kind === "hash" ? value : `${value}:${contentHash}`;
  const namespaced = `${kind}:${full}`;
  return { kind, value: namespaced.length <= 300 ? namespaced : `${kind}:sha256:${sha256(full)}`, contentHash };
}

function firstOf(hints: IdentityHints): readonly [IdentityKind, string] | undefined {
  const header: [IdentityKind, string | undefined][] = [
    ["key", hints.idempotencyKey],
    ["webhook", hints.webhookId],
  ];
  const own: [IdentityKind, string | undefined][] = [
    ["form", hints.formSubmissionId],
    ["item", hints.itemSubmissionId],
    ["sender", hints.senderId],
  ];
  const inArray = hints.index !== undefined;
  const numbered = header.map(([kind, value]): [IdentityKind, string | undefined] => [
    kind,
    value === undefined || !inArray ? value : `${value}#${hints.index}`,
  ]);
  const order = inArray ? [...own, ...numbered] : [...numbered, ...own];
  for (const [kind, value] of order) if (value !== undefined && value !== "") return [kind, value];
  return undefined;
}

/** Single-use tokens of captcha widgets: reCAPTCHA, hCaptcha, Turnstile, Friendly Captcha. */
const CAPTCHA = /^(g-recaptcha-response|h-captcha-response|cf-turnstile-response|frc-captcha-(solution|response))/;

/**
 * A digest of what a submission says, for telling a double click from a second message. Left out is what differs
 * between two sendings of one content: fields that begin with `_`, captcha tokens, and times of arrival.
 */
export function contentKeyOf(source: string, said: Contribution, recognised: Recognised): string {
  const arrival = new Set(recognised.arrivalKeys);
  const attributes = Object.fromEntries(
    Object.entries(said.attributes).filter(([key]) => !key.startsWith("_") && !CAPTCHA.test(key) && !arrival.has(key)),
  );
  const { emailAsGiven: _, ...fields } = said.fields;
  const content: JsonObject = {
    source,
    email: said.email,
    fields: fields as JsonObject,
    utm: said.utm as JsonObject,
    attributes,
    // A time the sender vouches for is content: leaving it out would make the outcome depend on the order of arrival.
    occurredAt: recognised.occurredAt?.toISOString() ?? null,
  };
  return sha256(canonicalJson(content));
}

/** The same for a payload in which no lead could be read: all of it, as it was sent. */
export function rawContentKeyOf(source: string, payload: Json): string {
  return sha256(canonicalJson([source, payload]));
}

/** SHA-256 of a text, hexadecimal. */
export function sha256(text: string): string {
  return hash("sha256", text);
}

/** How an identity is kept with a request that was refused for its content: with that content where it promises the same. */
export function refusedIdentity({ kind, value, contentHash }: Identity): string {
  return promisesSameContent(kind) ? `${value}:${contentHash}` : value;
}

/**
 * Reads what `refusedIdentity` made.
 *
 * @returns undefined for an identity made of content alone: what that says depends on how the content is read.
 */
export function readRefusedIdentity(text: string): Identity | undefined {
  const kind = text.slice(0, text.indexOf(":")) as IdentityKind;
  const contentHash = /[0-9a-f]{64}$/.exec(text)?.[0];
  if (contentHash === undefined || kind === "hash") return undefined;
  return { kind, contentHash, value: promisesSameContent(kind) ? text.slice(0, -contentHash.length - 1) : text };
}
