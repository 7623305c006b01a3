import { expect, test } from "@jest/globals";
import { fromRecord, type Spooled, toRecord } from "../../src/flow/spooled.ts";
import { submissionOf } from "../support/submission.ts";

const PLACE = { id: "01890a5d-ac96-774b-bcce-b302099a8057", arrivedAt: new Date("2026-03-01T12:00:00.123Z") };
const SAID = {
  email: "Ann@Example.com",
  message: "line\nbreak \u2028 🙂",
  consent: false,
  attributes: { a: [1.5, null] },
};

/** Everything a submission can carry. */
const SUBMISSION = {
  ...submissionOf({ ...SAID, utm: { source: "s" }, occurredAt: new Date("2026-02-01T09:00:00.001Z") }, "key-1"),
  ...{ channel: "form" as const, followUps: false, triggers: ["lead.confirmed" as const] },
  event: { id: "order-7", type: "order.paid", value: 0.1, currency: "EUR", data: { items: [{ sku: "x" }] } },
};
const IDENTITY = submissionOf(SAID).identity;

test.each<[string, Spooled]>([
  ["a submission with everything in it", { kind: "submission", submission: { ...SUBMISSION, ...PLACE } }],
  ["a submission with little in it", { kind: "submission", submission: { ...submissionOf(SAID), ...PLACE } }],
  [
    "a request that makes no lead",
    {
      ...{ kind: "aside", ...PLACE },
      request: {
        ...{ kind: "no-email", channel: "webhook", source: "hook", identity: IDENTITY, contentType: "text/plain" },
        ...{ payload: { note: "x" }, reason: "has no address" },
      },
    },
  ],
])("%s is the same when it is read again, in one line", (_, spooled) => {
  const record = toRecord(spooled);
  expect(record).not.toContain("\n");
  expect(fromRecord(record)).toEqual(spooled);
});

test.each(["", "{", "null", "[]", "{}", '{"version":2,"kind":"submission"}', '{"version":1,"kind":"other"}'])(
  "%j is no record of this release",
  (text) => {
    expect(fromRecord(text)).toBeUndefined();
  },
);
