import { describe, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import {
  compileCondition,
  DEFAULT_RULES,
  decide,
  isCancelled,
  type Moment,
  type Rule,
  UNLESS_VARIABLES,
  WHEN_VARIABLES,
} from "../../src/lead/rules.ts";

const lead = {
  email: "ann@example.com",
  country: "DE",
  phone: null,
  consent: true,
  submissionCount: 3,
  createdAt: new Date("2026-01-18T18:17:02Z"),
  attributes: {
    plan: "pro",
    seats: 7,
    "cost centre": "A1",
    tags: ["vip", "b2b"],
    constructor: "forged",
    deep: [[[1]]],
  },
};
const context = {
  lead,
  submission: { source: "contact", utm: { source: "google" } },
  event: { type: "order.paid", value: 120, currency: "EUR" },
  events: ["order.paid", "page.viewed"],
  messages: [{ template: "welcome", status: "sent" }],
};

const run = (source: string, over: object = {}) =>
  compileCondition(source, UNLESS_VARIABLES).matches({ ...context, ...over });

describe("a condition is true where the contract says so", () => {
  test.each([
    ["lead.country == 'DE' && submission.utm.source != 'partner'"],
    ["'order.paid' in events"],
    ["!('refund' in events)"],
    ["event.value > 100"],
    ["event.value >= 99.5"],
    ["event.value == 120"],
    ["120 == event.value"],
    ["event.value in [100, 120]"],
    ["event.value * 2 > 200 && event.value / 7 < 17.2 && event.value % 50 == 20 && 1 + event.value == 121.0"],
    ["10 - (4 - 3) == 9 && (true || false) && !(1 > 2)"],
    ["0.1234567890123 == 0.1234567890123 && lead.submissionCount > -1"],
    ["lead.consent"],
    ["lead.phone == null"],
    ["lead.nothing.at.all == null"],
    ["lead.nothing['x'][0] == null"],
    ["lead.attributes['cost centre'] == 'A1'"],
    ["lead.attributes.tags[1] == 'b2b' && lead.attributes.tags[9] == null"],
    ["lead.attributes.tags.exists(tag, tag.startsWith('v'))"],
    ["lead.attributes.tags.map(tag, tag != 'vip', tag) == ['b2b']"],
    ["messages.exists(m, m.template == 'welcome' && m.status == 'sent')"],
    ["has(lead.country) && !has(lead.phone) && !has(lead.nothing.at.all)"],
    ["'plan' in lead.attributes && !('x' in lead.attributes)"],
    ["size(events) == 2 && events.size() > 1"],
    ["lead.createdAt < timestamp('2026-02-01T00:00:00Z')"],
    ["type(lead.createdAt) == google.protobuf.Timestamp && type(lead.email) != google.protobuf.Timestamp"],
    ["type(lead.submissionCount) == double && type(lead.phone) == null_type"],
    ["lead.email.endsWith('@example.com')"],
    ["lead.email.matches('^[^@]+@(example|sample)[.]com$')"],
    ["lead.country == 'FR' ? false : true"],
    ["{'DE': 'x'}[lead.country] == 'x'"],
    ["lead.country == '\\u0044E'"],
  ])("%s", (source) => expect(run(source)).toEqual({ matched: true }));
});

describe("what a payload is missing, or hides, is null", () => {
  test.each([
    [
      "no utm at all",
      "lead.country == 'DE' && submission.utm.source != 'partner'",
      { submission: { source: "contact" } },
    ],
    ["utm is null", "submission.utm.source == null", { submission: { utm: null } }],
    ["a key whose value is null", "!('phone' in lead) && 'country' in lead", {}],
    ["no event in this moment", "event.type == null && event.value != 100", { event: null }],
    ["a variable not given at all", "event == null && !has(event.type)", { event: undefined }],
    [
      "a key of every object's prototype",
      "lead.toString == null && lead.__proto__ == null && lead['hasOwnProperty'] == null",
      {},
    ],
    ["a key called constructor", "lead.constructor == null && lead.attributes.constructor == 'forged'", {}],
    ["an object whose own constructor is a text", "lead.attributes != null && size(lead.attributes) > 3", {}],
  ])("%s", (_what, source, over) => expect(run(source, over)).toEqual({ matched: true }));
});

describe("a fault counts as no match and is told", () => {
  test.each([
    ["lead.phone < 3", "null < int"],
    ["lead.phone.startsWith('+49')", "null.startsWith"],
    ["lead.phone.matches('^a')", "null"],
    ["lead.email", "gave a text, not true or false"],
    ["lead.phone", "gave null, not true or false"],
    ["!lead.phone", "null"],
    ["lead.country.code == 'DE'", "a text has no field 'code'"],
    ["lead.submissionCount > '3'", "double > string"],
    ["1 / 0 == 1", "division by zero"],
    ["int(lead.country) == 1", ""],
  ])("%s", (source, told) => {
    const { matched, fault } = run(source);
    expect(matched).toBe(false);
    expect(fault).toContain(told);
  });

  test("a fault on one side does not spoil what the other side decides", () => {
    expect(run("lead.phone < 3 || lead.country == 'DE'")).toEqual({ matched: true });
    expect(run("lead.phone < 3 && lead.country == 'FR'")).toEqual({ matched: false });
  });
});

describe("a condition that cannot work stops the start and says where", () => {
  test.each([
    ["lead.country ==", "column 16: "],
    ["lead.country == 'DE' && sumbission.utm == null", "column 25: Unknown variable: sumbission; there are lead"],
    ["lead.country == 'DE' &&\n  foo(lead)", "line 2, column 3: "],
    ["lead.country.nosuch()", "column 1: "],
    ["'a' < 1", "column 1: no such overload: string < int"],
    ["1 + 1", "gives int, not true or false"],
    ["lead.email.matches('(a+)+b')", "column 20: a repeated group"],
    ["lead.email.matches('(a|b)*c')", "column 20: a repeated group"],
    ["lead.email.matches('(?=a)b')", "column 20: only plain"],
    ["lead.email.matches('(a)\\\\1')", "column 20: a pattern may not refer back"],
    ["lead.email.matches('(')", "column 20: Invalid regular expression"],
    ["lead.email.matches(lead.company)", "column 20: matches takes a literal pattern"],
    ["cel.bind(x, lead.email, x + x == '')", "column 1: cel.bind is not offered"],
    ["events == []", "column 1: Unknown variable: events; there are lead, submission, event"],
    ["", "column 1: "],
  ])("%s", (source, told) => {
    const compile = () => compileCondition(source, WHEN_VARIABLES);
    expect(compile).toThrow(LeadgateError);
    expect(compile).toThrow(told);
    expect(compile).toThrow(/^bad-setting: /);
  });
});

test("a condition too long or too deep to be meant is refused", () => {
  const refused = (source: string) => expect(() => compileCondition(source, WHEN_VARIABLES)).toThrow(LeadgateError);
  refused(`lead.email == '${"x".repeat(4_000)}'`);
  refused(`${"(".repeat(60)}true${")".repeat(60)}`);
  expect(run(`true${" && true".repeat(490)}`)).toEqual({ matched: true });
  expect(run(`lead${".x".repeat(49)} == null`)).toEqual({ matched: true });
  expect(run(`${"!(".repeat(23)}false${")".repeat(23)}`)).toEqual({ matched: true });
});

describe("no payload makes a condition take long", () => {
  const long = Array.from({ length: 3_000 }, (_, index) => index);
  test.each([
    ["nested loops", "lead.a.all(x, lead.a.all(y, lead.a.all(z, x + y + z >= 0)))", { a: long }],
    ["nested loops that swallow faults", "lead.a.exists(x, lead.a.exists(y, lead.a.exists(z, z < 0)))", { a: long }],
    ["a pattern on a long text", "lead.a.matches('a.*b.*c')", { a: "ab".repeat(500_000) }],
    ["a pattern on many texts", "lead.a.exists(x, x.matches('a.*b'))", { a: long.map(() => "a".repeat(400)) }],
  ])("%s", (_what, source, payload) => {
    const started = performance.now();
    const { matched, fault } = run(source, { lead: payload });
    expect(performance.now() - started).toBeLessThan(1_000);
    expect(matched).toBe(false);
    expect(fault).toContain("takes too long");
  });

  test("a payload nested very deeply is read as far as conditions look", () => {
    const deep = JSON.parse(`${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`);
    expect(run("lead.a.a.a != null", { lead: deep })).toEqual({ matched: true });
  });

  test("the next evaluation begins with a full budget", () => {
    const condition = compileCondition("lead.a.all(x, x >= 0)", WHEN_VARIABLES);
    expect(condition.matches({ lead: { a: Array(20_000).fill(1) } }).matched).toBe(false);
    expect(condition.matches({ lead: { a: long } }).matched).toBe(true);
  });
});

describe("deciding", () => {
  const rule = (over: Partial<Rule>): Rule => ({
    name: "r",
    on: "submission",
    template: "t",
    requireConsent: false,
    ...over,
  });
  const moment: Moment = {
    triggers: ["submission", "lead.created"],
    source: "contact",
    lead,
    submission: context.submission,
    event: null,
  };
  const when = (source: string) => compileCondition(source, WHEN_VARIABLES);

  test("without configuration every submission is welcomed", () => {
    expect(decide(DEFAULT_RULES, moment)).toEqual([
      {
        rule: "welcome",
        trigger: "submission",
        template: "welcome",
        verdict: "matched",
        dueInMs: 0,
        requireConsent: false,
      },
    ]);
  });

  test.each<[string, Partial<Rule>, string, RegExp | undefined]>([
    ["another source", { sources: ["zapier"] }, "other-source", /for zapier, this came by contact/],
    ["its source", { sources: ["zapier", "contact"] }, "matched", undefined],
    ["a condition not met", { when: when("lead.country == 'FR'") }, "no-match", /^not true: lead.country == 'FR'$/],
    [
      "a condition that fails",
      { when: when("lead.phone < 1") },
      "no-match",
      /could not be told: no such overload: null < int/,
    ],
    ["a condition met", { when: when("lead.country == 'DE'") }, "matched", undefined],
  ])("%s: every decision says why", (_what, over, verdict, reason) => {
    const [decision] = decide([rule(over)], moment);
    expect(decision?.verdict).toBe(verdict);
    if (reason) expect(decision?.reason).toMatch(reason);
    else expect(decision).not.toHaveProperty("reason");
  });

  test("a rule that waits for something else gives no decision at all", () => {
    const rules = [
      rule({ on: "lead.updated" }),
      rule({ on: "event:order.paid" }),
      rule({ name: "mine", on: "lead.created" }),
    ];
    expect(decide(rules, moment).map(({ rule: name }) => name)).toEqual(["mine"]);
    expect(decide(rules, { ...moment, triggers: ["event:order.paid"] })).toHaveLength(1);
    expect(decide(rules, { ...moment, triggers: ["event:order.refunded"] })).toEqual([]);
  });

  test("delay, consent and the team's address go on to the gate, in the order of the configuration", () => {
    const rules = [
      rule({ name: "b", delayMs: 7_200_000, requireConsent: true }),
      rule({ name: "a", to: "owner@example.com" }),
    ];
    expect(decide(rules, moment)).toMatchObject([
      { rule: "b", dueInMs: 7_200_000, requireConsent: true },
      { rule: "a", dueInMs: 0, to: "owner@example.com" },
    ]);
  });

  test("unless cancels only when it is true; a fault lets the mail go and is told", () => {
    const unless = (source: string) => rule({ unless: compileCondition(source, UNLESS_VARIABLES) });
    expect(isCancelled(unless("'order.paid' in events"), context)).toMatchObject({ cancelled: true });
    expect(isCancelled(unless("'order.paid' in events"), { ...context, events: [] })).toEqual({ cancelled: false });
    expect(isCancelled(unless("lead.phone < 3"), context)).toMatchObject({
      cancelled: false,
      reason: expect.stringContaining("null"),
    });
    expect(isCancelled(rule({}), context)).toEqual({ cancelled: false });
    expect(isCancelled(undefined, context)).toEqual({ cancelled: false });
  });
});
