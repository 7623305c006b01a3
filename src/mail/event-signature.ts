import { createPublicKey, type KeyObject, verify } from "node:crypto";
import { LeadgateError } from "../base/errors.ts";

/** What came with a call of SendGrid's event webhook. */
export interface SignedEvents {
  readonly publicKey: KeyObject;
  /** Header `X-Twilio-Email-Event-Webhook-Signature`. */
  readonly signature: string | undefined;
  /** Header `X-Twilio-Email-Event-Webhook-Timestamp`. */
  readonly timestamp: string | undefined;
  /** The bytes as they came. */
  readonly payload: Buffer;
}

/**
 * Whether SendGrid signed these events: ECDSA over P-256 and SHA-256, of the timestamp and the raw bytes one after the
 * other (https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/getting-started-event-webhook-security-features).
 *
 * The timestamp is held to digits and the body to begin as a list, because with nothing between the two a digit could
 * else be moved from one to the other under the same signature. Its age is not checked: counting an event twice changes
 * nothing.
 *
 * @returns false for whatever is missing or malformed; it never throws.
 */
export function verifyEventSignature({ publicKey, signature, timestamp, payload }: SignedEvents): boolean {
  if (signature === undefined || timestamp === undefined) return false;
  if (!/^\d{1,15}$/.test(timestamp) || !/^\s*\[/.test(payload.subarray(0, 64).toString("latin1"))) return false;
  if (!/^[A-Za-z0-9+/]{1,200}={0,2}$/.test(signature)) return false;
  try {
    const signed = Buffer.concat([Buffer.from(timestamp), payload]);
    return verify("sha256", signed, { key: publicKey, dsaEncoding: "der" }, Buffer.from(signature, "base64"));
  } catch {
    return false;
  }
}

/**
 * Reads `SENDGRID_EVENT_PUBLIC_KEY` as SendGrid shows it: the base64 of a P-256 key, with or without PEM lines.
 *
 * @throws LeadgateError `bad-setting` when it is none.
 */
export function parseEventPublicKey(text: string): KeyObject {
  const base64 = text.replace(/-----(?:BEGIN|END) PUBLIC KEY-----/g, "").replace(/\s/g, "");
  const key = tryKey(base64);
  if (key?.asymmetricKeyType !== "ec" || key.asymmetricKeyDetails?.namedCurve !== "prime256v1") {
    throw new LeadgateError(
      "bad-setting",
      "SENDGRID_EVENT_PUBLIC_KEY is no P-256 public key; copy the verification key of SendGrid's signed event webhook",
    );
  }
  return key;
}

function tryKey(base64: string): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(base64, "base64"), format: "der", type: "spki" });
  } catch {
    return undefined;
  }
}
