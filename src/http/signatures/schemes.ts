import type { SignatureScheme } from "../../base/configuration-schema.ts";
import type { Claim, SignedRequest } from "./claim.ts";
import { netlifyClaim } from "./netlify.ts";
import { toSignedForm } from "./wpforms.ts";

type Scheme = (request: SignedRequest) => Claim | undefined;

const TOLERANCE_SECONDS = 300;

/** How each sender signs. A scheme tells what is claimed; that the claim holds is checked in `verify-signature.ts`. */
export const SCHEMES: Readonly<Record<SignatureScheme, Scheme>> = {
  /** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
  standard: ({ headers, rawBody, now }) => {
    const id = headers["webhook-id"];
    const timestamp = headers["webhook-timestamp"];
    if (!id || !timestamp || !isRecent(timestamp, now)) return undefined;
    const signatures = valuesLabelled("v1,", (headers["webhook-signature"] ?? "").split(" "));
    return { contents: [[`${id}.${timestamp}.`, rawBody]], signatures, encoding: "base64", keyOf: standardKey };
  },

  /** https://www.typeform.com/developers/webhooks/secure-your-webhooks/ */
  typeform: ({ headers, rawBody }) => prefixed(headers["typeform-signature"], "base64", [rawBody]),

  /** https://tally.so/help/webhooks */
  tally: ({ headers, rawBody }) => ({
    contents: [[rawBody]],
    signatures: [headers["tally-signature"] ?? ""],
    encoding: "base64",
  }),

  /** https://developers.webflow.com/data/docs/working-with-webhooks; its time is in milliseconds. */
  webflow: ({ headers, rawBody, now }) => {
    const timestamp = headers["x-webflow-timestamp"] ?? "";
    if (!isRecent(timestamp, now, 1)) return undefined;
    const signatures = [headers["x-webflow-signature"] ?? ""];
    return { contents: [[`${timestamp}:`, rawBody]], signatures, encoding: "hex" };
  },

  /** As the plugin's source has it (`Process::generate_signature`); forms are signed as the JSON they would have been. */
  wpforms: ({ headers, rawBody, now }) => {
    const isForm = headers["content-type"]?.toLowerCase().startsWith("application/x-www-form-urlencoded");
    return stamped(headers["x-wpforms-webhook-signature"], "v=", isForm ? toSignedForm(rawBody) : rawBody, now);
  },

  /** https://developers.facebook.com/docs/graph-api/webhooks/getting-started#validate-payloads */
  facebook: ({ headers, rawBody }) => prefixed(headers["x-hub-signature-256"], "hex", [rawBody]),

  /** https://developer.calendly.com/api-docs/ZG9jOjM2MzE2MDM4-webhook-signatures */
  calendly: ({ headers, rawBody, now }) => stamped(headers["calendly-webhook-signature"], "v1=", rawBody, now),

  /** https://docs.netlify.com/forms/notifications/#outgoing-webhooks-and-notifications */
  netlify: netlifyClaim,

  /** https://www.framer.com/help/articles/framer-form-webhook-setup */
  framer: ({ headers, rawBody }) => {
    const id = headers["framer-webhook-submission-id"];
    return id ? prefixed(headers["framer-signature"], "hex", [rawBody, id]) : undefined;
  },

  /** https://help.formspree.io/hc/en-us/articles/360015130174 */
  formspree: ({ headers, rawBody, now }) => stamped(headers["formspree-signature"], "v1=", rawBody, now),

  /** https://developers.hubspot.com/docs/api/webhooks/validating-requests, version 3; its time is in milliseconds. */
  hubspot: ({ headers, rawBody, method, url, now }) => {
    const timestamp = headers["x-hubspot-request-timestamp"] ?? "";
    if (!isRecent(timestamp, now, 1)) return undefined;
    const signatures = [headers["x-hubspot-signature-v3"] ?? ""];
    const contents = [hubspotUrl(url), url].map((address) => [method.toUpperCase() + address, rawBody, timestamp]);
    return { contents, signatures, encoding: "base64" };
  },

  /** https://docs.stripe.com/webhooks/signature */
  stripe: ({ headers, rawBody, now }) => stamped(headers["stripe-signature"], "v1=", rawBody, now),
};

/** `sha256=<signature>`, with no time in it. */
function prefixed(header: string | undefined, encoding: Claim["encoding"], content: Claim["contents"][number]): Claim {
  return { contents: [content], signatures: valuesLabelled("sha256=", [header ?? ""]), encoding };
}

/** `t=<seconds>,v1=<hex>`, where the time, a dot and the body are signed. */
function stamped(header: string | undefined, label: string, body: string | Buffer, now: Date): Claim | undefined {
  const parts = (header ?? "").split(",").map((part) => part.trim());
  const [timestamp] = valuesLabelled("t=", parts);
  if (timestamp === undefined || !isRecent(timestamp, now)) return undefined;
  return { contents: [[`${timestamp}.`, body]], signatures: valuesLabelled(label, parts), encoding: "hex" };
}

function valuesLabelled(label: string, parts: readonly string[]): string[] {
  return parts.filter((part) => part.startsWith(label)).map((part) => part.slice(label.length));
}

function isRecent(timestamp: string, now: Date, unitMs: 1 | 1_000 = 1_000): boolean {
  if (!/^\d{1,15}$/.test(timestamp)) return false;
  const seconds = Math.floor((Number(timestamp) * unitMs) / 1_000);
  return Math.abs(Math.floor(now.getTime() / 1_000) - seconds) <= TOLERANCE_SECONDS;
}

function standardKey(secret: string): Buffer | undefined {
  const encoded = secret.replace(/^whsec_/, "");
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, "base64") : undefined;
}

/** HubSpot signs the address with these few characters decoded, and no others. */
function hubspotUrl(url: string): string {
  return url.replace(/%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)/gi, decodeURIComponent);
}
