import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import { parseEventPublicKey, verifyEventSignature } from "../../src/mail/event-signature.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "prime256v1" });
const DER = publicKey.export({ format: "der", type: "spki" }).toString("base64");
const PEM = publicKey.export({ format: "pem", type: "spki" });
const PAYLOAD = Buffer.from('[{"event":"delivered","reason":"é"}]\r\n');
const TIMESTAMP = "1768760222";
const SIGNATURE = sign("sha256", Buffer.concat([Buffer.from(TIMESTAMP), PAYLOAD]), privateKey).toString("base64");

const signed = (content: Buffer) => sign("sha256", content, privateKey).toString("base64");
const verify = (over: object = {}) =>
  verifyEventSignature({ publicKey, signature: SIGNATURE, timestamp: TIMESTAMP, payload: PAYLOAD, ...over });

test("events that SendGrid signed are let in, however old", () => expect(verify()).toBe(true));

describe("events are refused, without a throw, with", () => {
  test.each<[string, object]>([
    ["a changed byte", { payload: Buffer.from(PAYLOAD.toString().replace("é", "e")) }],
    ["the line end cut off", { payload: PAYLOAD.subarray(0, -2) }],
    ["another time", { timestamp: "1768760223" }],
    ["no signature", { signature: undefined }],
    ["no time", { timestamp: undefined }],
    ["an empty signature", { signature: "" }],
    ["a signature that is no base64", { signature: "%%%%" }],
    ["half a signature", { signature: SIGNATURE.slice(0, 20) }],
    [
      "a signature with something after it",
      { signature: Buffer.concat([Buffer.from(SIGNATURE, "base64"), Buffer.from("x")]).toString("base64") },
    ],
    ["a signature of zeros", { signature: "MAYCAQACAQA=" }],
    ["a megabyte for a signature", { signature: "A".repeat(1_000_000) }],
    ["an empty body", { payload: Buffer.alloc(0) }],
    ["a time that is none", { timestamp: "now", signature: signed(Buffer.concat([Buffer.from("now"), PAYLOAD])) }],
    [
      "a digit moved from the time to the body",
      { timestamp: TIMESTAMP.slice(0, -1), payload: Buffer.concat([Buffer.from(TIMESTAMP.slice(-1)), PAYLOAD]) },
    ],
    ["a body that is no list", { payload: Buffer.from("{}"), signature: signed(Buffer.from(`${TIMESTAMP}{}`)) }],
    ["another's key", { publicKey: generateKeyPairSync("ec", { namedCurve: "prime256v1" }).publicKey }],
  ])("%s", (_what, over) => expect(verify(over)).toBe(false));
});

test.each([
  ["as SendGrid shows it", DER],
  ["as PEM", PEM as string],
  ["with spaces around it", `  ${DER}\n`],
])("the public key is read %s", (_what, text) => {
  expect(
    verifyEventSignature({
      publicKey: parseEventPublicKey(text),
      signature: SIGNATURE,
      timestamp: TIMESTAMP,
      payload: PAYLOAD,
    }),
  ).toBe(true);
});

const otherCurve = generateKeyPairSync("ec", { namedCurve: "secp384r1" }).publicKey.export({
  format: "der",
  type: "spki",
});
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 }).publicKey.export({ format: "der", type: "spki" });

test.each([
  ["nothing", ""],
  ["an API key", "SG.abc.def"],
  ["half a key", DER.slice(0, 60)],
  ["a key of another curve", otherCurve.toString("base64")],
  ["an RSA key", rsa.toString("base64")],
  ["the private key", privateKey.export({ format: "pem", type: "pkcs8" }) as string],
])("%s for a public key stops the start", (_what, text) => {
  expect(() => parseEventPublicKey(text)).toThrow(LeadgateError);
  expect(() => parseEventPublicKey(text)).toThrow(/^bad-setting: SENDGRID_EVENT_PUBLIC_KEY /);
});
