import { createHmac, timingSafeEqual } from "node:crypto";
import type { SignatureScheme } from "../../base/configuration-schema.ts";
import type { Claim, SignedRequest } from "./claim.ts";
import { SCHEMES } from "./schemes.ts";

/** More signatures than this on one request are no rotation but an attempt to keep us busy. */
const MAX_SIGNATURES = 16;

/**
 * Whether a webhook was signed with one of the secrets, by the rules of its sender (see `schemes.ts`).
 *
 * Every secret is tried, each comparison takes constant time, and a signature that carries a time is refused when that
 * time is more than 5 minutes off.
 *
 * @returns false also for whatever is missing or malformed; it never throws.
 */
export function verifySignature(
  scheme: SignatureScheme,
  request: SignedRequest & { readonly secrets: readonly string[] },
): boolean {
  const claim = SCHEMES[scheme](request);
  if (claim === undefined) return false;
  let verified = false;
  for (const secret of request.secrets) {
    const key = claim.keyOf ? claim.keyOf(secret) : Buffer.from(secret);
    // An HMAC under the empty key can be made by anyone.
    if (key === undefined || key.length === 0) continue;
    for (const content of claim.contents) verified = isSignedWith(key, content, claim) || verified;
  }
  return verified;
}

function isSignedWith(key: Buffer, content: readonly (string | Buffer)[], { signatures, encoding }: Claim): boolean {
  const hmac = createHmac("sha256", key);
  for (const part of content) hmac.update(part);
  const expected = Buffer.from(hmac.digest(encoding));
  let matches = false;
  for (const signature of signatures.slice(0, MAX_SIGNATURES)) {
    // The text is compared, not what it decodes to, because decoders accept more than one text for the same bytes.
    const given = Buffer.from(encoding === "hex" ? signature.toLowerCase() : signature);
    matches = (given.length === expected.length && timingSafeEqual(given, expected)) || matches;
  }
  return matches;
}
