import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import { LeadgateError } from "../../src/base/errors.ts";
import { foldEmail, readEmail, toEmailKey } from "../../src/lead/email.ts";

/** The key, or the sentence the person is told. Any error that is no refusal fails the test. */
function keyOrRefusal(typed: string): { key: string } | { refusal: string } {
  try {
    return { key: toEmailKey(typed) };
  } catch (error) {
    if (!(error instanceof LeadgateError) || error.kind !== "invalid-email") throw error;
    expect(error.faults).toEqual([{ path: "email", message: error.publicMessage }]);
    return { refusal: error.publicMessage };
  }
}

describe("one person is one lead, however the address reaches us", () => {
  test.each([
    ["letter case", "Ann.Bell@Example.COM"],
    ["white space around it, no-break and line ends too", "\u00a0\r\n\tann.bell@example.com\u2003 \n"],
    ["a byte order mark, zero-width space and soft hyphens around it", "\ufeff\u00adann.bell@example.com\u200b\u00ad"],
    ["direction marks that an address book copies", "\u202aann.bell@example.com\u202c\u200e"],
    ["a Hangul filler after it", "ann.bell@example.com\u3164"],
    ["a fully qualified domain", "ann.bell@example.com."],
    ["a mail link", "mailto:ann.bell@example.com"],
    ["a mail link with a subject", "MailTo:ann%2Ebell@example.com?subject=Hello%20%40all&cc=bob@example.com"],
    ["a mail link taken for a web link", "mailto://ann.bell@example.com"],
    ["angle brackets", "<ann.bell@example.com>"],
    ["angle brackets round a mail link", "<mailto:ann.bell@example.com>"],
    ["a display name", "Ann Bell <ann.bell@example.com>"],
    ["a display name with title and umlaut", "Dr. Änn O'Bell-Łuk <ann.bell@example.com>"],
    ["a display name in quotes", '"Bell, Ann (sales) <HQ> \\"A\\"" <ann.bell@example.com>'],
    ["an empty display name, as templates leave it", '"" <ann.bell@example.com>'],
    ["a display name around a quoted one", 'Ann "Annie" Bell<ann.bell@example.com>'],
    ["a display name as address books copy it", "Bell, Ann <ann.bell@example.com>"],
    ["the address as its own display name", "ann.bell@example.com <Ann.Bell@example.com>"],
    ["the address as Outlook quotes it", "'ann.bell@example.com' <ann.bell@example.com>"],
  ])("%s", (_what, typed) => {
    expect(toEmailKey(typed)).toBe("ann.bell@example.com");
  });
});

describe("addresses from all over the world are keyed by what the mail system sees", () => {
  test.each([
    ["an umlaut domain", "ann@Müller.example", "ann@xn--mller-kva.example"],
    ["a decomposed umlaut domain", "ann@mu\u0308ller.example", "ann@xn--mller-kva.example"],
    ["a domain that is ASCII already", "ann@XN--mller-kva.example", "ann@xn--mller-kva.example"],
    ["a sharp s, which is a letter of its own in domains", "ann@straße.example", "ann@xn--strae-oqa.example"],
    ["full-width letters and the ideographic full stop", "ann@ｅｘａｍｐｌｅ。com。", "ann@example.com"],
    ["a Persian domain that needs a joiner", "ann@نامه‌ای.example", "ann@xn--mgba3gch31f060k.example"],
    ["a local part in another script", "Юлия@example.com", "юлия@example.com"],
    ["a decomposed local part", "Zoe\u0308@example.com", "zo\u00eb@example.com"],
    ["a letter that is composed in lower case only", "J\u030cana@example.com", "\u01f0ana@example.com"],
    ["combining marks that belong to the script", "अनुराधा@example.com", "अनुराधा@example.com"],
    ["all punctuation that mail allows", "a!#$%&'*+/=?^_`{|}~-b@example.com", "a!#$%&'*+/=?^_`{|}~-b@example.com"],
    ["two hyphens within a domain label", "ann@a--b.example", "ann@a--b.example"],
    ["digits as a domain label", "ann@123.example", "ann@123.example"],
    ["64 octets before the @", `${"a".repeat(64)}@example.com`, `${"a".repeat(64)}@example.com`],
    ["a domain label of 63", `ann@${"b".repeat(63)}.com`, `ann@${"b".repeat(63)}.com`],
    ["254 octets in all", `ann@${"b.".repeat(123)}info`, `ann@${"b.".repeat(123)}info`],
    ["dots and tags", "a.n.n+news@gmail.com", "a.n.n+news@gmail.com"],
  ])("%s", (_what, typed, key) => {
    expect(toEmailKey(typed)).toBe(key);
  });
});

describe("mail goes to the person's own spelling", () => {
  test.each([
    ["case and domain", "  Ann.Bell@Müller.Example ", "Ann.Bell@Müller.Example"],
    ["taken out of its name", '"Bell, Ann" <Ann.Bell+Web@Example.com>', "Ann.Bell+Web@Example.com"],
    ["taken out of its link", "mailto:Ann%2BWeb@Example.com?subject=x", "Ann+Web@Example.com"],
    ["without the trailing dot, which SMTP refuses", "Ann@Example.com.", "Ann@Example.com"],
  ])("%s", (_what, typed, asGiven) => {
    expect(readEmail(typed).asGiven).toBe(asGiven);
  });
});

describe("what no mail would reach is refused, with the mend", () => {
  test.each([
    ["nothing", " \u200b\t", /empty/],
    ["an empty link", "mailto:?to=ann@example.com", /empty/],
    ["a broken link", "mailto:ann%ZZ@example.com", /percent-encoded/],
    ["no @", "ann.example.com", /has no @/],
    ["nothing before the @", "@example.com", /nothing before the @/],
    ["a quoted local part", '"ann bell"@example.com', /without them/],
    ["a comment", "ann(work)@example.com", /Comments/],
    ["an address literal", "ann@[192.0.2.1]", /domain name after/],
    ["an IPv6 literal", "ann@[IPv6:2001:db8::1]", /domain name after/],
    ["an IP address", "ann@192.0.2.1", /full domain name/],
    ["a number that URLs take for an IP address", "ann@1", /full domain name/],
    ["a hexadecimal one", "ann@0x7f.1", /full domain name/],
    ["a domain without a dot", "ann@localhost", /full domain name/],
    ["two addresses", "ann@example.com, bob@example.com", /more than one/],
    ["two addresses by semicolon", "ann@example.com;bob@example.com", /more than one/],
    ["two @", "ann@bob@example.com", /more than one/],
    ["another address for a name", "bob@example.com <ann@example.com>", /name before/],
    ["two in brackets", "<ann@example.com> <bob@example.com>", /name before/],
    ["quotes that do not quote", '""Ann"" <ann@example.com>', /name before/],
    ["a bracket that opens nowhere", "ann@example.com>", /name before/],
    ["text after the brackets", "Ann <ann@example.com> work", /white space|not allowed/],
    ["white space inside", "ann bell@example.com", /white space/],
    ["a line break, which could start a header", "ann@example.com\r\nBcc:bob.example.com", /white space/],
    ["a line break in the name", "Ann\nBcc: x <ann@example.com>", /name before/],
    ["an encoded line break", "mailto:ann%0Abell@example.com", /white space/],
    ["a control character", "ann\u0007@example.com", /control/],
    ["a NUL at the end", "ann@example.com\u0000", /control/],
    ["a zero-width space inside", "an\u200bn@example.com", /invisible/],
    ["a soft hyphen in the domain", "ann@exam\u00adple.com", /invisible/],
    ["a letter that cannot be seen", "ann\u3164bell@example.com", /invisible/],
    ["a text direction inside", "ann\u2067bell@example.com", /text-direction/],
    ["an override, even at the start", "\u202eann@example.com", /text-direction/],
    ["an override at the end", "ann@example.com\u202e", /text-direction/],
    ["half a surrogate pair", "ann\ud800@example.com", /again by hand/],
    ["a mark on nothing", "\u0301ann@example.com", /check the spelling/],
    ["a mark that makes another sign of the one before it", "ann=\u0338@example.com", /check the spelling/],
    ["an emoji before the @", "ann😀@example.com", /check the spelling/],
    ["two dots", "ann..bell@example.com", /dot too many/],
    ["a dot first", ".ann@example.com", /dot too many/],
    ["a dot last", "ann.@example.com", /dot too many/],
    ["65 octets before the @", `${"a".repeat(65)}@example.com`, /64 octets/],
    ["65 octets in fewer letters", `${"ö".repeat(33)}@example.com`, /64 octets/],
    ["255 octets in all", `anna@${"b.".repeat(123)}info`, /254 octets/],
    ["a domain label of 64", `ann@${"b".repeat(64)}.com`, /not a domain name/],
    ["a hyphen first", "ann@-example.com", /not a domain name/],
    ["a hyphen last", "ann@example-.com", /not a domain name/],
    ["a full-width hyphen last", "ann@example－.com", /not a domain name/],
    ["an empty label", "ann@example..com", /not a domain name/],
    ["two trailing dots", "ann@example.com..", /not a domain name/],
    ["an underscore in the domain", "ann@ex_ample.com", /not a domain name/],
    ["a full-width underscore in the domain", "ann@ex＿ample.com", /not a domain name/],
    ["a path after the domain", "ann@example.com/x", /not a domain name/],
    ["a port", "ann@example.com:25", /not a domain name/],
    ["a percent sign in the domain", "ann@ex%61mple.com", /not a domain name/],
    ["punycode that decodes to nothing", "ann@xn--0.example", /not a domain name/],
    ["far too much text", `ann@example.com ${"x".repeat(3000)}`, /longer than 2048/],
  ])("%s", (_what, typed, mend) => {
    expect(keyOrRefusal(typed)).toEqual({ refusal: expect.stringMatching(mend) });
  });

  test.each([
    "Secret <secret name@secret.example>",
    "secret.example",
    "secret@secret",
    '"secret"@secret.example',
    "secret@@secret.example",
    ".secret@secret.example",
    "secret@secret-.example",
    "mailto:secret%ZZ@secret.example",
    `${"secret".repeat(11)}@secret.example`,
  ])("the address never gets into a log by way of the message: %s", (typed) => {
    expect(keyOrRefusal(typed)).toEqual({ refusal: expect.not.stringMatching(/secret/i) });
  });
});

describe("an instance can hold the spellings of one mailbox for one lead", () => {
  const plus = { foldPlus: true, foldGmailDots: false };
  const dots = { foldPlus: false, foldGmailDots: true };
  const both = { foldPlus: true, foldGmailDots: true };
  test.each([
    ["neither", "a.b+x@gmail.com", { foldPlus: false, foldGmailDots: false }, "a.b+x@gmail.com"],
    ["the tag, at any host", "a.b+x+y@example.com", plus, "a.b@example.com"],
    ["but not a tag alone", "+x@example.com", plus, "+x@example.com"],
    ["nor one that would leave a dot", "a.+x@example.com", plus, "a.+x@example.com"],
    ["dots at Gmail", "a.b+x.y@gmail.com", dots, "ab+x.y@gmail.com"],
    ["dots at Gmail's other name", "a.b@googlemail.com", dots, "ab@gmail.com"],
    ["no dots elsewhere", "a.b@example.com", both, "a.b@example.com"],
    ["nor at hosts that look alike", "a.b@notgmail.com", both, "a.b@notgmail.com"],
    ["both at Gmail", "a.b.+x@googlemail.com", both, "ab@gmail.com"],
  ])("%s", (_what, typed, fold, key) => {
    expect(foldEmail(toEmailKey(typed), fold)).toBe(key);
  });
});

const domain = fc.constantFrom("example.com", "Müller.example", "gmail.com", "GoogleMail.com", "例え.テスト");
const local = fc.oneof(
  fc.stringMatching(/^[a-zA-Z0-9!#$%&'*+/=?^_`{|}~-]{1,9}(\.[a-zA-Z0-9+]{1,5})?$/),
  fc.stringMatching(/^[\p{L}][\p{L}\p{M}\p{N}]{0,6}$/u),
);
const address = fc.tuple(local, domain).map(([name, host]) => `${name}@${host}`);
const noise = fc.array(
  fc.constantFrom("a", "B", "@", ".", "<", ">", '"', "\\", "+", " ", "\u202d", "\u00ad", "%", "ß", "mailto:", "é", "-"),
);
const anything = fc.oneof(
  fc.string({ unit: "binary" }),
  address,
  noise.map((parts) => parts.join("")),
);

describe("for every string", () => {
  test("a key is its own key, so that a stored lead is found again", () => {
    fc.assert(
      fc.property(anything, (typed) => {
        const once = keyOrRefusal(typed);
        if ("key" in once) expect(keyOrRefusal(once.key)).toEqual(once);
      }),
    );
  });

  test("a plausible address is rarely refused, so the other properties say something", () => {
    const keys = fc.sample(address, 200).filter((typed) => "key" in keyOrRefusal(typed));
    expect(keys.length).toBeGreaterThan(150);
  });

  test("shift and caps lock make no second lead", () => {
    const ascii = fc
      .tuple(fc.stringMatching(/^[a-zA-Z0-9+_-]{1,12}$/), domain)
      .map(([name, host]) => `${name}@${host}`);
    fc.assert(
      fc.property(ascii, (typed) => {
        expect(toEmailKey(typed.toUpperCase())).toBe(toEmailKey(typed));
        expect(toEmailKey(typed.toLowerCase())).toBe(toEmailKey(typed));
      }),
    );
  });

  test("a folded key is a key, and folding it again changes nothing", () => {
    fc.assert(
      fc.property(address, fc.boolean(), fc.boolean(), (typed, foldPlus, foldGmailDots) => {
        const read = keyOrRefusal(typed);
        if (!("key" in read)) return;
        const folded = foldEmail(toEmailKey(typed), { foldPlus, foldGmailDots });
        expect(toEmailKey(folded)).toBe(folded);
        expect(foldEmail(folded, { foldPlus, foldGmailDots })).toBe(folded);
      }),
    );
  });
});

test("a hostile value of 100,000 characters holds nobody up", () => {
  const units = ["<", '"', '"a"', '"\\', " ", "a ", "\u202d\u00ad", "a.", "@", "mailto:", "%41", "ü", "\u0301"];
  const started = performance.now();
  for (const unit of units) {
    for (const length of [2_040, 100_000]) keyOrRefusal(`a${unit.repeat(length / unit.length)}@b.example>`);
  }
  expect(performance.now() - started).toBeLessThan(1_000);
});
