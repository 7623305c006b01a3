import { describe, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import { normalise, toPayload } from "../../src/lead/normalise.ts";
import type { Json, Recognised } from "../../src/lead/types.ts";

const none = { foldPlus: false, foldGmailDots: false };
const recognised = (more: Partial<Recognised> = {}): Recognised => ({
  sender: "generic",
  email: "ann@example.com",
  attributes: {},
  ...more,
});
const fieldsOf = (more: Partial<Recognised>) => normalise(recognised(more), none).fields;

describe("a full name", () => {
  test.each<[string, Partial<Recognised>, object]>([
    [
      "is split at its first space",
      { fullName: " Ada King  Lovelace " },
      { firstName: "Ada", lastName: "King  Lovelace" },
    ],
    ["of one word is a first name", { fullName: "Ada" }, { firstName: "Ada" }],
    ["is split at any white space", { fullName: "山田\u3000太郎" }, { firstName: "山田", lastName: "太郎" }],
    [
      "gives way to a name of its own field",
      { fullName: "A B", firstName: "Ada" },
      { firstName: "Ada", lastName: "B" },
    ],
    ["fills a blank field", { fullName: "A B", firstName: " ", lastName: "" }, { firstName: "A", lastName: "B" }],
    ["that is blank says nothing", { fullName: " " }, {}],
    ["that shows nothing says nothing", { fullName: "\u200b\u3164" }, {}],
  ])("%s", (_, more, expected) => expect(fieldsOf(more)).toEqual({ emailAsGiven: "ann@example.com", ...expected }));
});

test.each<[string, string]>([
  ["empty", ""],
  ["spaces", " \t\r\n"],
  ["a no-break space", "\u00a0"],
  ["an ideographic space", "\u3000"],
  ["a byte order mark", "\ufeff"],
  ["a zero-width space", "\u200b"],
  ["a Hangul filler", "\u3164"],
])("blank never wins: %s", (_, blank) => {
  const said = normalise(recognised({ firstName: blank, utm: { source: blank }, attributes: { plan: blank } }), none);
  expect(said).toMatchObject({ fields: { emailAsGiven: "ann@example.com" }, utm: {}, attributes: {} });
  expect(Object.keys(said.fields)).toEqual(["emailAsGiven"]);
});

test.each<[Json, boolean]>([
  [null, false],
  [[], false],
  [{}, false],
  [false, true],
  [0, true],
  ["0", true],
  ["👩‍🚀", true],
  [[null], true],
])("an attribute %j is kept: %s", (value, kept) => {
  const said = normalise(recognised({ attributes: { plan: value } }), none);
  expect(Object.hasOwn(said.attributes, "plan")).toBe(kept);
});

test("`consent: false` is a value, its absence none", () => {
  expect(fieldsOf({ consent: false })).toHaveProperty("consent", false);
  expect(fieldsOf({})).not.toHaveProperty("consent");
});

test("text is kept as it was typed", () => {
  expect(fieldsOf({ message: "  two\n\nlines  " })).toHaveProperty("message", "  two\n\nlines  ");
});

test("a phone number becomes E.164 with the country's help, and stays as given where it can't", () => {
  expect(fieldsOf({ phone: "030 123456", country: "DE" })).toHaveProperty("phone", "+4930123456");
  expect(fieldsOf({ phone: "extension 12, ask for Ann" })).toHaveProperty("phone", "extension 12, ask for Ann");
});

test("mail goes to the address as given, the lead is found by the folded one", () => {
  const said = normalise(recognised({ email: "Ann.B+news@Gmail.com" }), { foldPlus: true, foldGmailDots: true });
  expect(said).toMatchObject({
    email: "annb@gmail.com",
    fields: { emailAsGiven: expect.stringMatching(/^Ann\.B\+news@/) },
  });
});

test.each([undefined, "", " ", "nobody", "a@b", '"a b"@example.com'])(
  "without a usable address there is no lead: %j",
  (email) => {
    const read = () => normalise({ sender: "generic", attributes: {}, ...(email !== undefined && { email }) }, none);
    expect(read).toThrow(LeadgateError);
    expect(read).toThrow(/invalid-email/);
  },
);

test("hostile attribute names are data", () => {
  const attributes = JSON.parse('{"__proto__":{"polluted":true},"constructor":"x"}');
  const said = normalise(recognised({ attributes }), none);
  expect(Object.keys(said.attributes)).toEqual(["__proto__", "constructor"]);
  expect({}).not.toHaveProperty("polluted");
});

test("what is kept of a submission is what it said, without what the recognition added", () => {
  const payload = toPayload(
    recognised({ senderId: "7", arrivalKeys: ["t"], utm: { source: "ads" }, occurredAt: new Date(0), consent: false }),
  );
  expect(payload).toEqual({
    email: "ann@example.com",
    attributes: {},
    utm: { source: "ads" },
    occurredAt: "1970-01-01T00:00:00.000Z",
    consent: false,
  });
});
