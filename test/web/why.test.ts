import { describe, expect, test } from "@jest/globals";
import { MESSAGE_STATUSES } from "../../src/lead/message-states.ts";
import { type DecisionEntry, MESSAGE_STATUSES as KNOWN, type MessageEntry } from "../../web/src/types.ts";
import { type WhyContext, whyOf } from "../../web/src/why.ts";

const NOW = Date.parse("2026-03-01T12:00:00Z");
const context: WhyContext = { teamRules: new Set(["tell"]), paused: undefined, now: NOW, tell: (at) => `<${at}>` };

const mail = (more: Partial<MessageEntry>): MessageEntry => ({
  ...{ type: "message", id: "m1", at: "2026-03-01T10:00:00Z", template: "welcome", rule: "greet", status: "queued" },
  ...{ reason: null, dueAt: "2026-03-01T10:00:00Z", sentAt: null, subject: null },
  ...more,
});
const decision = (more: Partial<DecisionEntry>): DecisionEntry => ({
  ...{ type: "decision", id: "d1", at: "2026-03-01T10:00:00Z", rule: "greet", template: "welcome" },
  ...{ verdict: "no-match", reason: null },
  ...more,
});
const only = (messages: MessageEntry[], decisions: DecisionEntry[] = [], more: Partial<WhyContext> = {}) => {
  const reasons = whyOf(messages, decisions, { ...context, ...more });
  expect(reasons).toHaveLength(1);
  return reasons[0]!;
};

test("every status of a mail is told in a sentence, and leads to the mail", () => {
  expect(KNOWN).toEqual(MESSAGE_STATUSES);
  const told = KNOWN.map((status) => only([mail({ status })]));
  for (const { title, detail, messageId } of told) {
    expect(`${title} ${detail}`).toMatch(/^“welcome” .+\.$/);
    expect(messageId).toBe("m1");
  }
  expect(new Set(told.map(({ title }) => title)).size).toBe(KNOWN.length);
});

describe("a mail that waits", () => {
  test("until its rule's delay is over, tells when it goes", () => {
    const { title, detail } = only([mail({ dueAt: "2026-03-01T14:00:00Z" })]);
    expect(title).toContain("<2026-03-01T14:00:00Z>");
    expect(detail).toContain("greet");
  });

  test("since sending is paused, tells why", () => {
    expect(only([mail({})], [], { paused: "the key was refused" }).detail).toContain("the key was refused");
  });

  test("though it is due, tells what may hold it", () => {
    expect(only([mail({})]).detail).toMatch(/FORM_MAIL_MAX_PER_HOUR/);
  });
});

describe("a mail that was never queued", () => {
  test.each([
    ["no-match", "not true: lead.country == 'DE'", /asks for `lead\.country == 'DE'`/],
    ["no-match", "the condition could not be told: no such key", /no such key/],
    ["other-source", "the rule is for shop, this came by contact", /^The rule is for shop/],
    ["suppressed", null, /unsubscribed/],
    ["no-consent", null, /consent/],
    ["held", "in live mode forms queue no mail until `sources` names them", /^In live mode/],
    ["something-new", "a reason", /a reason/],
  ])("for %s (%s) says what stood in the way", (verdict, reason, detail) => {
    const told = only([], [decision({ verdict, reason })]);
    expect(told.detail).toMatch(detail);
    expect(told.messageId).toBeUndefined();
  });

  test("is told by the newest word of its rule alone", () => {
    const older = decision({ id: "d0", at: "2026-02-01T10:00:00Z", verdict: "no-consent" });
    expect(only([], [decision({ verdict: "suppressed" }), older]).title).toMatch(/wants no mail/);
    expect(only([], [older, decision({ verdict: "suppressed" })]).title).toMatch(/wants no mail/);
  });

  test("is no matter where the same template was queued another time", () => {
    expect(only([mail({ status: "sent" })], [decision({}), decision({ verdict: "already-sent" })]).tone).toBe("good");
  });
});

test("mail to the team is not taken for mail to the person", () => {
  expect(only([mail({ rule: "tell", template: "new-lead" })]).title).toMatch(/^“new-lead”, to your team,/);
});

test("mails come before what was never queued, each newest first", () => {
  const reasons = whyOf(
    [mail({ id: "old", at: "2026-01-01T00:00:00Z" }), mail({ id: "new", at: "2026-02-01T00:00:00Z", template: "b" })],
    [decision({ template: "c", at: "2026-03-01T00:00:00Z" })],
    context,
  );
  expect(reasons.map(({ messageId }) => messageId)).toEqual(["new", "old", undefined]);
});

test("where no rule looked at the person, that is said with what can be the cause", () => {
  expect(only([], []).detail).toMatch(/imported or sent in without follow-ups/);
});
