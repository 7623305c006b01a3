import { createHash, timingSafeEqual } from "node:crypto";
import type { Request } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { WebhookSource } from "../flow/configuration.ts";
import type { Keys } from "../flow/keys.ts";
import { authorise, presentedKeys } from "./auth.ts";
import { bytesOf } from "./body.ts";
import { verifySignature } from "./signatures/verify-signature.ts";

export interface WebhookAuthDeps {
  readonly keys: Keys;
  readonly now: () => Date;
  /** Where the world reaches this service; some senders sign the address they call. */
  readonly publicUrl: () => string;
}

/**
 * Lets a webhook in: by the source's own signature and nothing else where it names one, otherwise by the source's
 * secret, by Standard Webhooks with that secret, by Google's key in the body, or by a key with scope `ingest`.
 *
 * @throws LeadgateError `unauthorized` or `forbidden`.
 */
export async function authoriseWebhook(request: Request, source: WebhookSource, deps: WebhookAuthDeps): Promise<void> {
  if (source.signature !== undefined) {
    if (isSigned(request, source.signature, source, deps)) return;
    throw new LeadgateError(
      "unauthorized",
      `The request is not signed for this source (scheme "${source.signature}"); check the secret and the sender's clock.`,
    );
  }
  if (presentedKeys(request).some((key) => isSecret(key, source.secret))) return;
  if (request.headers["webhook-signature"] !== undefined && isSigned(request, "standard", source, deps)) return;
  if (isSecret(googleKey(request), source.secret)) return;
  await authorise(request, deps.keys, "ingest");
}

function isSigned(
  request: Request,
  scheme: NonNullable<WebhookSource["signature"]>,
  { secret }: WebhookSource,
  { now, publicUrl }: WebhookAuthDeps,
): boolean {
  const headers = Object.entries(request.headers).filter(
    (entry): entry is [string, string] => typeof entry[1] === "string",
  );
  return verifySignature(scheme, {
    rawBody: bytesOf(request),
    headers: Object.fromEntries(headers),
    method: request.method,
    url: `${publicUrl()}${request.originalUrl}`,
    secrets: secret,
    now: now(),
  });
}

/** Compares with every secret, always all of them, in a time that does not depend on what is presented. */
function isSecret(presented: string | undefined, secrets: readonly string[]): boolean {
  if (presented === undefined) return false;
  const digest = sha256(presented);
  return secrets.map((secret) => timingSafeEqual(digest, sha256(secret))).includes(true);
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

/** https://developers.google.com/google-ads/webhook/docs/implementation: the secret is a field of the body. */
function googleKey(request: Request): string | undefined {
  const text = bytesOf(request).toString("utf8");
  if (!text.includes('"google_key"')) return undefined;
  try {
    const { google_key: key } = JSON.parse(text) as { google_key?: unknown };
    return typeof key === "string" ? key : undefined;
  } catch {
    return undefined;
  }
}
