import { createHash, createHmac } from "node:crypto";
import { describe, expect, test } from "@jest/globals";
import { SIGNATURE_SCHEMES, type SignatureScheme } from "../../src/base/configuration-schema.ts";
import { verifySignature } from "../../src/http/signatures/verify-signature.ts";
import { toSignedForm } from "../../src/http/signatures/wpforms.ts";

const SECONDS = 1_768_760_222;
const SECRET = "a secret of the sender";
const STANDARD_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
const BODY = '{"email":"zoë@example.com"}';
const URL_CALLED = "https://leads.example.com/webhooks/crm?key=a%2Fb%20c";

const hex = (content: string, secret: string) => createHmac("sha256", secret).update(content).digest("hex");
const base64 = (content: string, secret: string | Buffer) =>
  createHmac("sha256", secret).update(content).digest("base64");
const url64 = (text: string) => Buffer.from(text).toString("base64url");

function jwt(secret: string, header: object, payload: object): string {
  const signed = `${url64(JSON.stringify(header))}.${url64(JSON.stringify(payload))}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}
const sha256 = (body: string) => createHash("sha256").update(body).digest("hex");

/** How each sender signs, written down a second time from its own documentation. `t` is in seconds. */
const SIGN: Record<SignatureScheme, (secret: string, t: number) => Record<string, string>> = {
  standard: (secret, t) => ({
    "webhook-id": "msg_1",
    "webhook-timestamp": `${t}`,
    "webhook-signature": `v1,${base64(`msg_1.${t}.${BODY}`, Buffer.from(secret.slice(6), "base64"))}`,
  }),
  typeform: (secret) => ({ "typeform-signature": `sha256=${base64(BODY, secret)}` }),
  tally: (secret) => ({ "tally-signature": base64(BODY, secret) }),
  webflow: (secret, t) => ({
    "x-webflow-timestamp": `${t}000`,
    "x-webflow-signature": hex(`${t}000:${BODY}`, secret),
  }),
  wpforms: (secret, t) => ({ "x-wpforms-webhook-signature": `t=${t},v=${hex(`${t}.${BODY}`, secret)}` }),
  facebook: (secret) => ({ "x-hub-signature-256": `sha256=${hex(BODY, secret)}` }),
  calendly: (secret, t) => ({ "calendly-webhook-signature": `t=${t},v1=${hex(`${t}.${BODY}`, secret)}` }),
  netlify: (secret) => ({
    "x-webhook-signature": jwt(secret, { typ: "JWT", alg: "HS256" }, { iss: "netlify", sha256: sha256(BODY) }),
  }),
  framer: (secret) => ({
    "framer-webhook-submission-id": "0fbbb90e",
    "framer-signature": `sha256=${hex(`${BODY}0fbbb90e`, secret)}`,
  }),
  formspree: (secret, t) => ({ "formspree-signature": `t=${t},v1=${hex(`${t}.${BODY}`, secret)}` }),
  hubspot: (secret, t) => ({
    "x-hubspot-request-timestamp": `${t}000`,
    "x-hubspot-signature-v3": base64(`POSThttps://leads.example.com/webhooks/crm?key=a/b%20c${BODY}${t}000`, secret),
  }),
  stripe: (secret, t) => ({
    "stripe-signature": `t=${t},v1=${hex(`${t}.${BODY}`, "an older secret")},v1=${hex(`${t}.${BODY}`, secret)},v0=00`,
  }),
};
const WITH_TIME: SignatureScheme[] = ["standard", "webflow", "wpforms", "calendly", "formspree", "hubspot", "stripe"];

const secretOf = (scheme: SignatureScheme) => (scheme === "standard" ? STANDARD_SECRET : SECRET);

function verify(scheme: SignatureScheme, over: Partial<Parameters<typeof verifySignature>[1]> = {}): boolean {
  return verifySignature(scheme, {
    rawBody: Buffer.from(BODY),
    headers: SIGN[scheme](secretOf(scheme), SECONDS),
    method: "POST",
    url: URL_CALLED,
    secrets: [secretOf(scheme)],
    now: new Date(SECONDS * 1_000),
    ...over,
  });
}

describe.each(SIGNATURE_SCHEMES.map((scheme) => [scheme]))("%s", (scheme) => {
  test("what the sender signed is let in", () => expect(verify(scheme)).toBe(true));

  test("one changed byte is not", () => {
    expect(verify(scheme, { rawBody: Buffer.from(BODY.replace("zoë", "zoe")) })).toBe(false);
    expect(verify(scheme, { rawBody: Buffer.from(`${BODY} `) })).toBe(false);
  });

  test("while a secret is changed the old and the new one open, each in any place", () => {
    const [old, fresh, other] = ["whsec_b2xk", secretOf(scheme), "whsec_b3RoZXI="];
    expect(verify(scheme, { secrets: [old, fresh] })).toBe(true);
    expect(verify(scheme, { secrets: [fresh, old] })).toBe(true);
    expect(verify(scheme, { secrets: [old, other] })).toBe(false);
    expect(verify(scheme, { secrets: [] })).toBe(false);
  });

  test("no secret, or an empty one, opens nothing", () => {
    const forged = SIGN[scheme](scheme === "standard" ? "whsec_" : "", SECONDS);
    expect(verify(scheme, { headers: forged, secrets: ["", "whsec_"] })).toBe(false);
  });

  test("missing, empty and nonsensical headers are refused without a throw", () => {
    const good = SIGN[scheme](secretOf(scheme), SECONDS);
    for (const name of Object.keys(good)) {
      for (const value of [
        undefined,
        "",
        " ",
        ",",
        "=",
        "v1,",
        "sha256=",
        "..",
        "a.b.c",
        "%%%",
        "é",
        "x".repeat(10_000),
      ]) {
        expect([name, value, verify(scheme, { headers: { ...good, [name]: value } })]).toEqual([name, value, false]);
      }
    }
  });

  if (WITH_TIME.includes(scheme)) {
    test("a request kept for later is refused after 5 minutes, and one from the future too", () => {
      const at = (offset: number) => verify(scheme, { now: new Date((SECONDS + offset) * 1_000) });
      expect([-301, -300, 300, 301].map(at)).toEqual([false, true, true, false]);
    });
    test("the time itself is signed", () => {
      const headers = SIGN[scheme](secretOf(scheme), SECONDS);
      const moved = Object.entries(headers).map(([name, value]) => [
        name,
        value.replace(`${SECONDS}`, `${SECONDS + 1}`),
      ]);
      expect(verify(scheme, { headers: Object.fromEntries(moved) })).toBe(false);
    });
  } else {
    test("a request without a time in it can come late", () => {
      expect(verify(scheme, { now: new Date((SECONDS + 86_400) * 1_000) })).toBe(true);
    });
  }
});

describe("netlify", () => {
  const claims = { iss: "netlify", sha256: sha256(BODY) };
  test.each<[string, object, object, boolean]>([
    ["HS256", { alg: "HS256" }, claims, true],
    ["without an issuer", { alg: "HS256" }, { sha256: sha256(BODY) }, true],
    ["another algorithm named", { alg: "HS512" }, claims, false],
    ["none", { alg: "none" }, claims, false],
    ["no algorithm", {}, claims, false],
    ["another issuer", { alg: "HS256" }, { ...claims, iss: "evil" }, false],
    ["another body's digest", { alg: "HS256" }, { ...claims, sha256: sha256("x") }, false],
    ["no digest", { alg: "HS256" }, { iss: "netlify" }, false],
    ["expired", { alg: "HS256" }, { ...claims, exp: SECONDS - 1 }, false],
    ["not yet expired", { alg: "HS256" }, { ...claims, exp: SECONDS + 1 }, true],
  ])("a token: %s", (_what, header, payload, valid) => {
    expect(verify("netlify", { headers: { "x-webhook-signature": jwt(SECRET, header, payload) } })).toBe(valid);
  });

  test("an unsigned token is refused", () => {
    const unsigned = `${url64('{"alg":"none"}')}.${url64(JSON.stringify(claims))}.`;
    expect(verify("netlify", { headers: { "x-webhook-signature": unsigned } })).toBe(false);
  });
});

describe("hubspot", () => {
  test.each<[string, object]>([
    ["another method", { method: "PUT" }],
    ["another address", { url: URL_CALLED.replace("crm", "crn") }],
  ])("%s is refused", (_what, over) => expect(verify("hubspot", over)).toBe(false));
});

describe("wpforms in form mode signs the JSON of what it sends", () => {
  test.each([
    ["email=ann%40example.com&name=Ann+Lee", '{"email":"ann@example.com","name":"Ann Lee"}'],
    ["url=https%3A%2F%2Fx.example%2F", '{"url":"https:\\/\\/x.example\\/"}'],
    ["name=Zo%C3%AB+%F0%9F%98%80", '{"name":"Zo\\u00eb \\ud83d\\ude00"}'],
    ["q=%22a%5Cb%22&t=a%09b%0D%0Ac%7F", '{"q":"\\"a\\\\b\\"","t":"a\\tb\\r\\nc\x7f"}'],
    ["b=1&a=2&empty=", '{"b":"1","a":"2","empty":""}'],
    [
      "when%5Bvalue%5D=01%2F18%2F2026&when%5Bunix%5D=1768760222",
      '{"when":{"value":"01\\/18\\/2026","unix":1768760222}}',
    ],
    ["files%5B0%5D=a.pdf&files%5B1%5D=b.pdf", '{"files":["a.pdf","b.pdf"]}'],
    ["x%5B1%5D=a&x%5B2%5D=b", '{"x":{"1":"a","2":"b"}}'],
    ["__proto__=1&constructor%5Bprototype%5D=2", '{"__proto__":"1","constructor":{"prototype":"2"}}'],
    ["", "[]"],
  ])("%s", (form, json) => expect(toSignedForm(Buffer.from(form))).toBe(json));

  const form = "email=ann%40example.com&site=https%3A%2F%2Fx.example";
  const signed = (content: string) => ({
    rawBody: Buffer.from(form),
    headers: {
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      "x-wpforms-webhook-signature": `t=${SECONDS},v=${hex(`${SECONDS}.${content}`, SECRET)}`,
    },
  });
  test("and is let in by it", () => {
    expect(verify("wpforms", signed('{"email":"ann@example.com","site":"https:\\/\\/x.example"}'))).toBe(true);
    expect(verify("wpforms", signed('{"email":"eve@example.com","site":"https:\\/\\/x.example"}'))).toBe(false);
    expect(verify("wpforms", signed(form))).toBe(false);
  });

  test("a form of a megabyte of brackets takes no time", () => {
    const started = performance.now();
    toSignedForm(Buffer.from(`a${"[a]".repeat(300_000)}=1&${"b[".repeat(300_000)}=2`));
    expect(performance.now() - started).toBeLessThan(500);
  });
});
