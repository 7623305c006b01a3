// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the file's own placeholders are meant.
import { describe, expect, test } from "@jest/globals";
import { type ConfigurationFile, faultAt, parseConfiguration } from "../../src/base/configuration-file.ts";
import { MAPPABLE_FIELDS } from "../../src/base/configuration-schema.ts";
import { LeadgateError } from "../../src/base/errors.ts";
import { TEXT_FIELDS, UTM_FIELDS } from "../../src/lead/types.ts";

const FILE = "leadgate.config.yaml";
const ENV = { ZAPIER_SECRET: "zs", TYPEFORM_SECRET: "ts", EMPTY: "" };

const parse = (text: string): ConfigurationFile => parseConfiguration(text, FILE, ENV);

function faultsOf(text: string): string[] {
  try {
    parse(text);
    return [];
  } catch (error) {
    if (!(error instanceof LeadgateError) || error.kind !== "bad-setting") throw error;
    return error.faults.map(({ path, message }) => `${path}: ${message}`);
  }
}

const CONTRACT = `
email: { foldPlus: false, foldGmailDots: true }
sources:
  contact:
    kind: form                       # form | webhook
    origins: ["https://www.example.com"]
    redirects: ["https://www.example.com/thanks"]
    map: { email: "your-email", company: "org.name" }
    honeypot: website2
    dedupeWindow: 24h
  zapier: { kind: webhook, secret: "\${ZAPIER_SECRET}" }
  typeform: { kind: webhook, secret: "\${TYPEFORM_SECRET}", signature: typeform }
followUps:
  - name: welcome
    on: submission
    sources: [contact]
    when: "lead.country == 'DE' && submission.utm.source != 'partner'"
    template: welcome
    delay: 2h
    unless: "'order.paid' in events"
    requireConsent: true
  - { name: tell-owner, on: submission, template: { sendgrid: d-0123 }, to: "owner@example.com" }
`;

test("the contract's own example is read whole, defaults filled in", () => {
  const { email, sources, followUps } = parse(CONTRACT);
  expect(email).toEqual({ foldPlus: false, foldGmailDots: true });
  expect(Object.fromEntries(sources!)).toEqual({
    contact: {
      kind: "form",
      origins: ["https://www.example.com"],
      redirects: ["https://www.example.com/thanks"],
      map: { email: "your-email", company: "org.name" },
      honeypot: "website2",
      dedupeWindowMs: 86_400_000,
    },
    zapier: { kind: "webhook", secret: ["zs"], map: {}, dedupeWindowMs: 86_400_000 },
    typeform: { kind: "webhook", secret: ["ts"], signature: "typeform", map: {}, dedupeWindowMs: 86_400_000 },
  });
  expect(followUps).toEqual([
    {
      name: "welcome",
      on: "submission",
      sources: ["contact"],
      when: "lead.country == 'DE' && submission.utm.source != 'partner'",
      template: "welcome",
      delayMs: 7_200_000,
      unless: "'order.paid' in events",
      requireConsent: true,
    },
    {
      name: "tell-owner",
      on: "submission",
      template: "sendgrid:d-0123",
      delayMs: 0,
      requireConsent: false,
      to: "owner@example.com",
    },
  ]);
});

test.each([[""], ["# nothing yet\n"], ["---\n"], ["{}"]])(
  "a file that says nothing (%j) leaves everything as without one",
  (text) => {
    expect(parse(text)).toMatchObject({
      email: { foldPlus: false, foldGmailDots: false },
      sources: undefined,
      followUps: undefined,
    });
  },
);

test("a form is guarded by default: honeypot, and no redirects that are not listed", () => {
  expect(parse("sources: { contact: { kind: form } }").sources?.get("contact")).toEqual({
    kind: "form",
    redirects: [],
    honeypot: "_gotcha",
    map: {},
    dedupeWindowMs: 86_400_000,
  });
});

test("a slug that objects of JavaScript know is a source like any other, and absent otherwise", () => {
  expect(parse("sources: { constructor: { kind: form } }").sources?.get("constructor")?.kind).toBe("form");
  expect(parse("sources: { contact: { kind: form } }").sources?.get("constructor")).toBeUndefined();
});

describe("a fault is told with its line, its path and what would be right", () => {
  test.each<[string, string, string[]]>([
    [
      "a mistyped setting",
      "sources:\n  contact:\n    kind: form\n    honeypt: x",
      [`${FILE}:4: sources.contact.honeypt: unknown setting; did you mean 'honeypot'?`],
    ],
    ["a mistyped section", "followups: []", [`${FILE}:1: followups: unknown setting; did you mean 'followUps'?`]],
    [
      "a setting of the other kind",
      "sources:\n  a: { kind: webhook, origins: [] }",
      [`${FILE}:2: sources.a.origins: only a source of kind form has it`],
    ],
    ["a setting written twice", "email: {}\nemail: {}", [`${FILE}:2: Map keys must be unique`]],
    [
      "broken YAML",
      "sources:\n  a: [1,\nb: 2",
      [expect.stringMatching(/^leadgate\.config\.yaml:3: /) as unknown as string],
    ],
    ["a kind that is none", "sources:\n  a:\n    kind: fomr", [`${FILE}:3: sources.a.kind: must be form or webhook`]],
    ["no kind", "sources:\n  a:\n    honeypot: x", [`${FILE}:2: sources.a.kind: must be form or webhook`]],
    [
      "a slug in capitals",
      "sources:\n  Contact: { kind: form }",
      [`${FILE}:2: sources.Contact: a source's name is made of a to z, 0 to 9 and -, at most 64`],
    ],
    [
      "a slug too long",
      `sources:\n  ${"a".repeat(65)}: { kind: form }`,
      [`${FILE}:2: sources.${"a".repeat(65)}: a source's name is made of a to z, 0 to 9 and -, at most 64`],
    ],
    [
      "a slug that would reach a prototype",
      "sources:\n  __proto__: { kind: form }",
      [`${FILE}:2: sources.__proto__: unknown setting`],
    ],
    [
      "api as a form",
      "sources:\n  api: { kind: form }",
      [`${FILE}:2: sources.api: api is the source of /v1/leads and can't be a form`],
    ],
    [
      "a signature without its secret",
      "sources:\n  a: { kind: webhook, signature: tally }",
      [`${FILE}:2: sources.a.secret: is missing: a signature is checked with it`],
    ],
    [
      "a list of no secrets",
      "sources:\n  a: { kind: webhook, secret: [] }",
      [`${FILE}:2: sources.a.secret: a secret, or a list of secrets`],
    ],
    [
      "an empty secret from the environment",
      'sources:\n  a: { kind: webhook, secret: "${EMPTY}" }',
      [`${FILE}:2: sources.a.secret: a secret, or a list of secrets`],
    ],
    [
      "a standard secret that is no base64",
      "sources:\n  a: { kind: webhook, signature: standard, secret: 'whsec_pass word' }",
      [`${FILE}:2: sources.a.secret: must be base64, with or without whsec_ before it`],
    ],
    [
      "an unset variable",
      'sources:\n  a:\n    kind: webhook\n    secret:\n      - one\n      - "${NOT_SET}"',
      [`${FILE}:6: sources.a.secret[1]: the environment variable NOT_SET is not set`],
    ],
    [
      "a variable that objects of JavaScript have",
      'sources:\n  a: { kind: webhook, secret: "${toString}" }',
      [`${FILE}:2: sources.a.secret: the environment variable toString is not set`],
    ],
    [
      "an origin with a path",
      'sources:\n  a: { kind: form, origins: ["https://a.example/"] }',
      [expect.stringContaining(`${FILE}:2: sources.a.origins[0]: an origin: `) as unknown as string],
    ],
    [
      "a redirect to elsewhere than the web",
      'sources:\n  a: { kind: form, redirects: ["javascript:alert(1)", "/thanks", "//x.example", "https://u:p@x.example"] }',
      Array.from(
        { length: 4 },
        (_, at) =>
          `${FILE}:2: sources.a.redirects[${at}]: an absolute http or https address, such as https://www.example.com/thanks`,
      ),
    ],
    [
      "a field that a lead has not",
      "sources:\n  a:\n    kind: form\n    map:\n      emial: x",
      [`${FILE}:5: sources.a.map.emial: no field of a lead; did you mean 'email'?`],
    ],
    [
      "a duration without unit",
      "sources:\n  a: { kind: form, dedupeWindow: 24 }",
      [`${FILE}:2: sources.a.dedupeWindow: a duration such as 30m, 2h or 1d`],
    ],
    [
      "a duration in words",
      "sources:\n  a: { kind: form, dedupeWindow: a day }",
      [`${FILE}:2: sources.a.dedupeWindow: a duration such as 500ms, 90s, 30m, 2h or 1d`],
    ],
    [
      "a rule without template",
      "followUps:\n  - name: a\n    on: submission",
      [expect.stringContaining(`${FILE}:2: followUps[0].template: a template's name`) as unknown as string],
    ],
    [
      "a template outside its folder",
      "followUps:\n  - { name: a, on: submission, template: ../x }",
      [expect.stringContaining(`${FILE}:2: followUps[0].template: a template's name`) as unknown as string],
    ],
    [
      "a trigger that is none",
      "followUps:\n  - name: a\n    on: lead.deleted\n    template: x",
      [`${FILE}:3: followUps[0].on: must be submission, lead.created, lead.updated, lead.confirmed or event:<type>`],
    ],
    [
      "two rules of one name",
      "followUps:\n  - { name: a, on: submission, template: x }\n  - { name: a, on: submission, template: y }",
      [`${FILE}:3: followUps[1].name: another rule is called 'a'`],
    ],
    [
      "a rule for a source that is not there",
      "sources: { contact: { kind: form } }\nfollowUps:\n  - { name: a, on: submission, template: x, sources: [contct] }",
      [`${FILE}:3: followUps[0].sources[0]: no such source; did you mean 'contact'?`],
    ],
    [
      "a switch that is neither true nor false",
      "email:\n  foldPlus: maybe",
      [`${FILE}:2: email.foldPlus: Invalid input: expected boolean, received string`],
    ],
    [
      "something missing",
      "followUps:\n  - on: submission\n    template: x",
      [`${FILE}:2: followUps[0].name: is missing`],
    ],
    ["a list where settings are expected", "- a", [`${FILE}:1: Invalid input: expected object, received array`]],
  ])("%s", (_what, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  test("all faults at once, in the order of the file, and no secret among them", () => {
    const faults = faultsOf(
      'sources:\n  a: { kind: webhook, secret: "${ZAPIER_SECRET}", signature: stripee }\n  b: { kind: form, x: 1, y: 2 }',
    );
    expect(faults.map((fault) => fault.split(": ").slice(0, 2).join(": "))).toEqual([
      `${FILE}:2: sources.a.signature`,
      `${FILE}:3: sources.b.x`,
      `${FILE}:3: sources.b.y`,
    ]);
    expect(faults.join()).not.toContain("zs");
  });

  test("a file that grows when read is refused, not read", () => {
    const bomb = `a: &a [x,x,x,x,x,x,x,x,x]\n${"bcdefgh".replace(/./g, (key) => {
      const before = String.fromCharCode(key.charCodeAt(0) - 1);
      return `${key}: &${key} [${Array(9).fill(`*${before}`).join(",")}]\n`;
    })}`;
    expect(faultsOf(bomb)[0]).toMatch(/alias/i);
  });
});

describe("values from the environment", () => {
  const secret = (text: string) => parse(`sources: { a: { kind: webhook, secret: '${text}' } }`).sources?.get("a");
  test.each([
    ["${ZAPIER_SECRET}", "zs"],
    ["x-${ZAPIER_SECRET}-${TYPEFORM_SECRET}", "x-zs-ts"],
    ["$${ZAPIER_SECRET}", "${ZAPIER_SECRET}"],
    ["cash $5 $x", "cash $5 $x"],
  ])("%s", (text, value) => expect(secret(text)).toMatchObject({ secret: [value] }));

  test("a value is not read for variables again", () => {
    const env = { OUTER: "${INNER}" };
    const { sources } = parseConfiguration("sources: { a: { kind: webhook, secret: '${OUTER}' } }", FILE, env);
    expect(sources?.get("a")).toMatchObject({ secret: ["${INNER}"] });
  });

  test("several secrets, for rotation", () => {
    expect(parse("sources: { a: { kind: webhook, secret: [old, new] } }").sources?.get("a")).toMatchObject({
      secret: ["old", "new"],
    });
  });
});

test.each([
  ["500ms", 500],
  ["90s", 90_000],
  ["30m", 1_800_000],
  ["1.5h", 5_400_000],
  ["2h", 7_200_000],
  ["1d", 86_400_000],
  ["0s", 0],
])("a delay of %s is %p ms", (delay, ms) => {
  expect(parse(`followUps: [{ name: a, on: submission, template: x, delay: ${delay} }]`).followUps?.[0]?.delayMs).toBe(
    ms,
  );
});

test("a fault that is found later is told at its line too", () => {
  const configuration = parse(CONTRACT);
  expect(configuration.lineOf("followUps[0].when")).toBe(17);
  expect(faultAt(configuration, "followUps[0].when", "column 3: no").faults).toEqual([
    { path: `${FILE}:17: followUps[0].when`, message: "column 3: no" },
  ]);
  expect(faultAt(configuration, "followUps[1].template.nowhere", "x").faults[0]?.path).toMatch(/:22: /);
  expect(configuration.lineOf("nothing.like.it")).toBe(1);
});

test("every field of a lead can be mapped, and nothing else", () => {
  expect([...MAPPABLE_FIELDS].sort()).toEqual(
    ["email", "fullName", ...TEXT_FIELDS, "consent", "occurredAt", ...UTM_FIELDS.map((field) => `utm.${field}`)].sort(),
  );
});
