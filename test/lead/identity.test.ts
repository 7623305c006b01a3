import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  contentKeyOf,
  type IdentityHints,
  identify,
  promisesSameContent,
  rawContentKeyOf,
} from "../../src/lead/identity.ts";
import { normalise } from "../../src/lead/normalise.ts";
import type { Json, Recognised } from "../../src/lead/types.ts";

const folds = { foldPlus: false, foldGmailDots: false };
const all = { idempotencyKey: "K", webhookId: "W", formSubmissionId: "F", itemSubmissionId: "I", senderId: "S" };
const identityOf = (hints: IdentityHints, payload: Json = { a: 1 }) => identify(hints, payload, "content");

describe("what identifies a submission", () => {
  const { idempotencyKey: _k, ...noKey } = all;
  const { webhookId: _w, ...noHeader } = noKey;
  const { formSubmissionId: _f, ...noForm } = noHeader;
  const { itemSubmissionId: _i, ...senderOnly } = noForm;
  test.each<[string, IdentityHints, RegExp]>([
    ["the Idempotency-Key before all", all, /^key:K$/],
    ["then the webhook-id", noKey, /^webhook:W$/],
    ["then the form's own field", noHeader, /^form:F:[0-9a-f]{64}$/],
    ["then the item's submissionId", noForm, /^item:I$/],
    ["then the sender's id", senderOnly, /^sender:S:[0-9a-f]{64}$/],
    ["else the content", {}, /^hash:content$/],
    ["an empty id is none", { idempotencyKey: "", senderId: "" }, /^hash:content$/],
    ["in an array the item's own id", { ...all, formSubmissionId: undefined, index: 3 }, /^item:I$/],
    ["in an array the sender's id before the header", { idempotencyKey: "K", senderId: "S", index: 0 }, /^sender:S:/],
    ["in an array the header and the place", { idempotencyKey: "K", index: 0 }, /^key:K#0$/],
    ["in an array the content at last", { index: 0 }, /^hash:content$/],
  ])("%s", (_, hints, expected) => expect(identityOf(hints).value).toMatch(expected));
});

test("other content under the same id is another submission where ids are not promised to be unique", () => {
  for (const hints of [{ formSubmissionId: "7" }, { senderId: "7" }]) {
    expect(identityOf(hints, { a: 1 }).value).not.toBe(identityOf(hints, { a: 2 }).value);
    expect(promisesSameContent(identityOf(hints).kind)).toBe(false);
  }
  for (const hints of [{ idempotencyKey: "7" }, { webhookId: "7" }, { itemSubmissionId: "7" }]) {
    expect(identityOf(hints, { a: 1 }).value).toBe(identityOf(hints, { a: 2 }).value);
    expect(identityOf(hints, { a: 1 }).contentHash).not.toBe(identityOf(hints, { a: 2 }).contentHash);
    expect(promisesSameContent(identityOf(hints).kind)).toBe(true);
  }
});

test("ids of different kinds never meet, and none is longer than the index takes", () => {
  const kinds: (keyof IdentityHints)[] = [
    "idempotencyKey",
    "webhookId",
    "formSubmissionId",
    "itemSubmissionId",
    "senderId",
  ];
  fc.assert(
    fc.property(fc.string({ minLength: 1, maxLength: 400 }), (id) => {
      const values = kinds.map((kind) => identityOf({ [kind]: id }).value);
      expect(new Set(values).size).toBe(kinds.length);
      for (const value of values) expect(value.length).toBeLessThanOrEqual(300);
    }),
  );
});

test("long ids that differ only at their end are told apart", () => {
  const long = "x".repeat(1_000);
  expect(identityOf({ senderId: `${long}1` }).value).not.toBe(identityOf({ senderId: `${long}2` }).value);
});

test("the same content is the same in any order of keys and any spelling of numbers", () => {
  const hash = (text: string) => identityOf({}, JSON.parse(text)).contentHash;
  expect(hash('{"b":[1,{"y":1e1,"x":"ä"}],"a":null}')).toBe(hash('{"a":null,"b":[1.0,{"x":"\\u00e4","y":10}]}'));
  expect(hash('{"a":"1"}')).not.toBe(hash('{"a":1}'));
  expect(hash('{"a":[1,2]}')).not.toBe(hash('{"a":[2,1]}'));
});

const recognised = (more: Partial<Recognised> = {}): Recognised => ({
  sender: "generic",
  email: "ann@example.com",
  message: "hello",
  attributes: {},
  ...more,
});
const keyOf = (one: Recognised, source = "web") => contentKeyOf(source, normalise(one, folds), one);

describe("two sendings of one content", () => {
  test.each<[string, Partial<Recognised>]>([
    ["fields that begin with _", { attributes: { _token: "abc" } }],
    ["a reCAPTCHA token", { attributes: { "g-recaptcha-response": "03A" } }],
    ["a Turnstile token", { attributes: { "cf-turnstile-response": "0.x" } }],
    ["an hCaptcha token", { attributes: { "h-captcha-response": "P1_" } }],
    ["a Friendly Captcha solution", { attributes: { "frc-captcha-solution": "x" } }],
    ["a time of arrival", { attributes: { received: "12:00" }, arrivalKeys: ["received"] }],
    ["an address typed in capitals", { email: " ANN@Example.COM " }],
    ["a blank field", { company: "  " }],
    ["an empty attribute", { attributes: { plan: null, tags: [] } }],
  ])("may differ in %s", (_, more) => expect(keyOf(recognised(more))).toBe(keyOf(recognised())));

  test.each<[string, Recognised, string]>([
    ["the message", recognised({ message: "hello!" }), "web"],
    ["an attribute", recognised({ attributes: { plan: "pro" } }), "web"],
    ["consent, even when refused", recognised({ consent: false }), "web"],
    ["utm", recognised({ utm: { source: "ads" } }), "web"],
    ["a time the sender vouches for", recognised({ occurredAt: new Date(0) }), "web"],
    ["the source", recognised(), "shop"],
    ["the address", recognised({ email: "bob@example.com" }), "web"],
  ])("may not differ in %s", (_, other, source) => expect(keyOf(other, source)).not.toBe(keyOf(recognised())));

  test("are told by the whole payload where no lead could be read", () => {
    expect(rawContentKeyOf("web", { a: 1, b: 2 })).toBe(rawContentKeyOf("web", { b: 2, a: 1 }));
    expect(rawContentKeyOf("web", { a: 1 })).not.toBe(rawContentKeyOf("shop", { a: 1 }));
  });
});
