import type { KeyObject } from "node:crypto";
import { Router } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { RecordEvents, ReportedEvent } from "../flow/record-events.ts";
import { parseJson } from "../lead/parse-json.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import { verifyEventSignature } from "../mail/event-signature.ts";
import { bytesOf, rawBody } from "./body.ts";

export interface SendGridEventDeps {
  readonly recordEvents: RecordEvents;
  /** Undefined: this instance takes no events. */
  readonly eventPublicKey: KeyObject | undefined;
  readonly bodyLimitBytes: number;
}

/** SendGrid sends up to 768 kB at once, whatever is set for everybody else. */
const LEAST_LIMIT_BYTES = 1024 ** 2;

/** SendGrid's signed event webhook. */
export const sendGridEventRoutes = ({ recordEvents, eventPublicKey, bodyLimitBytes }: SendGridEventDeps) =>
  Router().post("/sendgrid/events", rawBody(Math.max(bodyLimitBytes, LEAST_LIMIT_BYTES)), async (request, response) => {
    if (eventPublicKey === undefined) {
      throw new LeadgateError("not-found", "This instance takes no events; set SENDGRID_EVENT_PUBLIC_KEY.");
    }
    const payload = bytesOf(request);
    const signature = request.get("X-Twilio-Email-Event-Webhook-Signature");
    const timestamp = request.get("X-Twilio-Email-Event-Webhook-Timestamp");
    if (!verifyEventSignature({ publicKey: eventPublicKey, signature, timestamp, payload })) {
      throw new LeadgateError("unauthorized", "The events are not signed by the key of SENDGRID_EVENT_PUBLIC_KEY.");
    }
    const counted = await recordEvents(readEvents(parseJson(payload.toString("utf8"))));
    response.json({ counted });
  });

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
const MAX_TEXT = 1_000;

/** The events about mail of ours; an account sends the events of everything else it mails as well. */
function readEvents(payload: Json): ReportedEvent[] {
  const events = Array.isArray(payload) ? payload : [];
  return events.flatMap((event) => {
    const read = typeof event === "object" && event !== null && !Array.isArray(event) ? readEvent(event) : undefined;
    return read === undefined ? [] : [read];
  });
}

function readEvent(told: JsonObject): ReportedEvent | undefined {
  const messageId = textOf(told, "message_id");
  const event = textOf(told, "event");
  const seconds = Number(told.timestamp ?? Number.NaN);
  if (messageId === null || !UUID.test(messageId) || event === null || !(seconds > 0 && seconds < 1e11))
    return undefined;
  const attempt = Number(told.attempt ?? Number.NaN);
  return {
    messageId: messageId.toLowerCase(),
    sgEventId: textOf(told, "sg_event_id"),
    event,
    type: textOf(told, "type"),
    reason: textOf(told, "reason"),
    attempt: Number.isInteger(attempt) && attempt > 0 && attempt < 2 ** 31 ? attempt : undefined,
    occurredAt: new Date(Math.round(seconds * 1_000)),
  };
}

function textOf(told: JsonObject, name: string): string | null {
  const value = Object.hasOwn(told, name) ? told[name] : null;
  if (typeof value !== "string" || value === "") return null;
  return value.slice(0, MAX_TEXT).toWellFormed().replaceAll("\u0000", "");
}
