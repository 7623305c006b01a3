import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { normalisePhone } from "../../src/lead/phone.ts";

describe("one number is one spelling", () => {
  test.each([
    ["international", "+49 (0)30 / 123-456", undefined, "+4930123456"],
    ["as a link", "tel:+1-213-373-4253", undefined, "+12133734253"],
    ["national, by the lead's country", "(213) 373-4253", "US", "+12133734253"],
    ["by a country in small letters", "030 123456", "de", "+4930123456"],
    ["with the prefix for calls abroad", "0043 1 234567", "DE", "+431234567"],
    ["bare digits of the country", "2133734253", "US", "+12133734253"],
    ["bare digits with the calling code, which must not be dialled twice", "4915112345678", "DE", "+4915112345678"],
    ["a country is no reason to change an international one", "+1 213 373 4253", "DE", "+12133734253"],
    ["direction marks from an address book", "\u202a+1 213 373 4253\u202c", undefined, "+12133734253"],
    ["full-width digits", "＋１２１３３７３４２５３", undefined, "+12133734253"],
    ["fictional numbers, as tests send them", "555-010-0101", "US", "+15550100101"],
  ])("%s", (_what, given, country, expected) => {
    expect(normalisePhone(given, country)).toBe(expected);
  });

  test.each(["+1 213 373 4253 ext. 12", "+1 213-373-4253 x12", "+12133734253;ext=12", "tel:+12133734253;ext=12"])(
    "the extension is not lost: %s",
    (given) => {
      expect(normalisePhone(given)).toBe("+12133734253 ext. 12");
    },
  );
});

describe("what is no such number stays as the person gave it", () => {
  test.each([
    ["no country to read it by", " 030 123456", undefined],
    ["no ISO country", "030 123456", "Germany"],
    ["a property name for a country", "030 123456", "constructor"],
    ["an unknown country", "030 123456", "ZZ"],
    ["words around it", "call +12133734253", undefined],
    ["words after it", "+12133734253 after six", undefined],
    ["two numbers", "+12133734253 / +12133734254", undefined],
    ["too short", "+1 213", undefined],
    ["digits without a country", "12133734253", undefined],
    ["all the same digit", "1111111111", "DE"],
    ["zeros", "0000000000", "US"],
    ["a count", "1234567890", "US"],
    ["a time stamp", "1700000000", "FR"],
    ["a telephone link relative to another", "tel:373-4253;phone-context=+1-213", undefined],
    ["what would be another number the next time", "0010000000#5", "BR"],
    ["nothing", "", "US"],
    ["very much", "1".repeat(100_000), "US"],
  ])("%s", (_what, given, country) => {
    expect(normalisePhone(given, country)).toBe(given);
    expect(normalisePhone(given, country)).toBe(given);
  });
});

const country = fc.constantFrom(undefined, "US", "de", "IT", "BR", "AR", "xx");
const dialled = fc
  .array(
    fc.constantFrom(
      ..."0123456789",
      ..."0123456789",
      "+",
      " ",
      "-",
      "(",
      ")",
      "#",
      "x",
      "ext",
      ";ext=",
      "tel:",
      "+1",
      "+49",
      "+54",
    ),
    {
      maxLength: 24,
    },
  )
  .map((parts) => parts.join(""));

const plausible = fc
  .tuple(
    fc.constantFrom("+1 ", "+49", "+39 0", "tel:+54", "0", "00", "(", ""),
    fc.stringMatching(/^[2-9][0-9]{2}[) -]?[0-9]{5,8}$/),
    fc.constantFrom("", "", " x12", ";ext=0071", " ext. 99999", "#5"),
  )
  .map((parts) => parts.join(""));

test("plausible numbers are often read, so the next property says something", () => {
  const read = fc.sample(plausible, 300).filter((given) => normalisePhone(given, "US") !== given);
  expect(read.length).toBeGreaterThan(60);
});

test("normalising twice changes nothing, whatever was given, so a replay updates no lead", () => {
  fc.assert(
    fc.property(fc.oneof(plausible, dialled, fc.string({ unit: "binary" })), country, (given, where) => {
      const once = normalisePhone(given, where);
      expect(normalisePhone(once, where)).toBe(once);
    }),
    { numRuns: 500 },
  );
});
