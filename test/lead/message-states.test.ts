import { describe, expect, test } from "@jest/globals";
import fc from "fast-check";
import {
  canFollow,
  isFinal,
  MESSAGE_STATUSES,
  type MessageStatus,
  type SendGridEvent,
  settle,
  suppresses,
} from "../../src/lead/message-states.ts";

const EVENTS: SendGridEvent[] = [
  { event: "processed" },
  { event: "deferred", reason: "450 busy" },
  { event: "delivered" },
  { event: "bounce", type: "bounce" },
  { event: "bounce", type: "blocked" },
  { event: "bounce" },
  { event: "dropped", reason: "Bounced Address" },
  { event: "dropped", reason: "Spam Reporting Address" },
  { event: "dropped", reason: "Unsubscribed Address" },
  { event: "dropped", reason: "Spam Content" },
  { event: "dropped", reason: "Invalid" },
  { event: "dropped" },
  { event: "open" },
  { event: "click" },
  { event: "spamreport" },
  { event: "unsubscribe" },
  { event: "group_unsubscribe" },
  { event: "group_resubscribe" },
  { event: "something_new" },
];
const aStatus = fc.constantFrom(...MESSAGE_STATUSES);
const someEvents = fc.array(fc.constantFrom(...EVENTS), { maxLength: 12 });

test("events end the same in any order and however often they come", () => {
  const shuffledWithTwins = someEvents.chain((events) =>
    fc.tuple(
      fc.constant(events),
      fc
        .array(events.length > 0 ? fc.constantFrom(...events) : fc.constant(EVENTS[18]!), { maxLength: 8 })
        .chain((twins) => fc.shuffledSubarray([...events, ...twins], { minLength: events.length + twins.length })),
    ),
  );
  fc.assert(
    fc.property(aStatus, shuffledWithTwins, (start, [events, shuffled]) => {
      expect(shuffled.reduce(settle, start)).toBe(events.reduce(settle, start));
    }),
    { numRuns: 2_000 },
  );
});

test("every step that events take is one the table allows", () => {
  for (const status of MESSAGE_STATUSES) {
    for (const event of EVENTS) {
      expect([status, event, canFollow(status, settle(status, event))]).toEqual([status, event, true]);
    }
  }
});

describe("what an event makes of a message", () => {
  test.each<[MessageStatus, string, MessageStatus, object?]>([
    ["uncertain", "processed", "sent"],
    ["uncertain", "deferred", "sent"],
    ["sending", "delivered", "delivered"],
    ["sent", "delivered", "delivered"],
    ["sent", "deferred", "sent"],
    ["bounced", "delivered", "bounced"],
    ["delivered", "bounce", "bounced", { type: "bounce" }],
    ["delivered", "bounce", "bounced", { type: "blocked" }],
    ["delivered", "processed", "delivered"],
    ["delivered", "spamreport", "delivered"],
    ["sent", "open", "delivered"],
    ["bounced", "open", "bounced"],
    ["sent", "dropped", "suppressed", { reason: "Bounced Address" }],
    ["sent", "dropped", "failed", { reason: "Spam Content" }],
    ["failed", "processed", "failed"],
    ["suppressed", "processed", "suppressed"],
    ["queued", "delivered", "delivered"],
    ["sent", "something_new", "sent"],
    ["uncertain", "something_new", "uncertain"],
  ])("%s, then %s: %s", (current, event, after, more = {}) => {
    expect(settle(current, { event, ...more })).toBe(after);
  });
});

test("who bounced, complained or unsubscribed gets no more mail, and nobody else is cut off", () => {
  const cutOff = EVENTS.filter(suppresses).map(({ event, type, reason }) => [event, type ?? reason]);
  expect(cutOff).toEqual([
    ["bounce", "bounce"],
    ["bounce", undefined],
    ["dropped", "Bounced Address"],
    ["dropped", "Spam Reporting Address"],
    ["dropped", "Unsubscribed Address"],
    ["spamreport", undefined],
    ["unsubscribe", undefined],
    ["group_unsubscribe", undefined],
  ]);
});

test("only an operator, or a failure before the first byte, sends a message back to the queue", () => {
  const backToQueue = MESSAGE_STATUSES.filter((status) => status !== "queued" && canFollow(status, "queued"));
  expect(backToQueue).toEqual(["sending", "failed", "uncertain", "previewed"]);
});

test("the answer of the call never overwrites what an event already told", () => {
  for (const status of ["delivered", "bounced", "suppressed", "failed"] as const)
    expect(canFollow(status, "sent")).toBe(false);
  expect(canFollow("sending", "sent")).toBe(true);
  expect(canFollow("bounced", "bounced")).toBe(true);
});

test("what is still on its way is not final", () => {
  expect(MESSAGE_STATUSES.filter((status) => !isFinal(status))).toEqual(["queued", "sending", "sent", "uncertain"]);
});
