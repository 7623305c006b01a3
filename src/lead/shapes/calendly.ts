import type { Json } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { fieldForType } from "./leaves.ts";
import { idText, instant, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** The invitee's own values; the addresses of the host and of guests stand elsewhere in the body and are not looked at. */
const INVITEE = {
  email: "email",
  name: "fullName",
  first_name: "firstName",
  last_name: "lastName",
  text_reminder_number: "phone",
} as const;
const CONSUMED = ["questions_and_answers", "tracking", "uri", "created_at", ...Object.keys(INVITEE)];

/** Calendly's invitee webhooks (API v2). */
export const calendly: Shape = {
  name: "calendly",
  recognise: ({ payload }, mapped) => {
    const invitee = own(payload, "payload");
    const event = own(payload, "event");
    const isCalendly =
      isObject(invitee) &&
      typeof event === "string" &&
      /^(invitee|invitee_no_show|routing_form_submission)\./.test(event) &&
      (Object.hasOwn(invitee, "uri") || Object.hasOwn(invitee, "scheduled_event"));
    if (!isCalendly) return undefined;
    const tracking = own(invitee, "tracking");
    return finish(
      {
        sender: "calendly",
        senderId: idText(own(invitee, "uri")),
        occurredAt: instant(own(event === "invitee.created" ? invitee : payload, "created_at")),
      },
      {
        entries: [
          ...Object.entries(INVITEE).map(([key, field]) => entry(invitee, key, key, field)),
          ...list(invitee, "questions_and_answers").flatMap(answerOf),
          ...(isObject(tracking) ? Object.keys(tracking).map((key) => entry(tracking, key, key)) : []),
        ].filter(({ value }) => value !== null),
        rest: { ...omit(payload, "payload", "created_at", "created_by"), ...omit(invitee, "event", ...CONSUMED) },
      },
      mapped,
    );
  },
};

function entry(holder: { [key: string]: Json }, at: string, key: string, field?: Entry["field"]): Entry {
  return { key, value: own(holder, at) ?? null, path: [key], field, holder, at, isHoisted: true };
}

function answerOf(item: Json): Entry[] {
  const question = own(item, "question");
  if (!isObject(item) || typeof question !== "string") return [];
  return [entry(item, "answer", question, fieldForType(own(item, "type")))];
}
