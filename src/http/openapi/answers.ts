import { z } from "zod";
import { HOOK_EVENTS } from "../../flow/hook-events.ts";
import { SCOPES } from "../../flow/keys.ts";
import { MESSAGE_STATUSES } from "../../lead/message-states.ts";
import { STATUSES } from "../read-patch.ts";
import { Problem } from "./problems.ts";
import { Count, Id, JsonObject, pageOf, Text, Time, Utm } from "./values.ts";

export const Lead = z
  .strictObject({
    id: Id,
    email: Text.meta({ description: "The key a lead is unique by.", examples: ["ann@example.com"] }),
    emailAsGiven: Text.meta({ description: "As it was typed; mail goes there.", examples: ["Ann@Example.com"] }),
    firstName: Text.nullable(),
    lastName: Text.nullable(),
    phone: Text.nullable(),
    company: Text.nullable(),
    jobTitle: Text.nullable(),
    website: Text.nullable(),
    country: Text.nullable(),
    message: Text.nullable(),
    status: z.enum(STATUSES),
    suppressed: z.boolean().meta({ description: "Wants no mail." }),
    consent: z.boolean().nullable(),
    source: Text.meta({ description: "Where the lead came from first." }),
    utm: Utm,
    attributes: JsonObject.meta({ description: "Everything else that was sent." }),
    submissionCount: Count,
    createdAt: Time,
    updatedAt: Time,
    lastSubmissionAt: Time,
  })
  .meta({ id: "Lead" });
export const LeadPage = pageOf("Lead", Lead);

const happened = { id: Id, at: Time };
const TimelineEntry = z
  .discriminatedUnion("type", [
    z.strictObject({
      type: z.literal("submission"),
      ...happened,
      source: Text,
      identity: Text.meta({ description: "By what a repetition is known." }),
      outcome: Text,
      replayCount: Count,
      occurredAt: Time,
      payload: JsonObject,
    }),
    z.strictObject({
      type: z.literal("decision"),
      ...happened,
      rule: Text,
      template: Text,
      verdict: Text,
      reason: Text.nullable(),
      submissionId: Id.nullable(),
      eventId: Id.nullable(),
    }),
    z.strictObject({
      type: z.literal("event"),
      ...happened,
      eventType: Text,
      eventId: Text,
      source: Text,
      value: z.number().nullable(),
      currency: Text.nullable(),
      data: JsonObject,
      occurredAt: Time,
      replayCount: Count,
    }),
    z.strictObject({
      type: z.literal("message"),
      ...happened,
      template: Text,
      rule: Text,
      status: z.enum(MESSAGE_STATUSES),
      reason: Text.nullable(),
      dueAt: Time,
      sentAt: Time.nullable(),
      subject: Text.nullable(),
    }),
    z.strictObject({
      type: z.literal("change"),
      ...happened,
      actor: Text,
      changes: z.record(z.string(), z.strictObject({ from: z.unknown(), to: z.unknown() })),
    }),
  ])
  .meta({ id: "TimelineEntry" });
export const TimelinePage = pageOf("Timeline", TimelineEntry);

const FollowUp = z
  .strictObject({
    template: Text,
    status: z.enum(["queued", "already-sent", "suppressed", "no-consent"]),
    messageStatus: z.enum(MESSAGE_STATUSES).optional(),
  })
  .meta({ id: "FollowUp" });

const submissionAnswer = {
  id: Id.nullable().meta({ description: "The lead; null for what makes none." }),
  submissionId: Id,
  outcome: z.enum(["created", "updated", "unchanged", "stale", "test"]),
  email: Text.nullable(),
  followUps: z.array(FollowUp),
};
const eventAnswer = {
  id: Id,
  eventId: Text,
  leadId: Id,
  outcome: z.literal("counted"),
  followUps: z.array(FollowUp),
};
const erasedAnswer = { submissionId: Id, outcome: z.literal("erased") };

export const SubmissionAnswer = z.strictObject(submissionAnswer).meta({ id: "SubmissionAnswer" });
export const EventAnswer = z.strictObject(eventAnswer).meta({ id: "EventAnswer" });
/** The answer to a replay of what an erased person had sent. */
export const ErasedAnswer = z.strictObject(erasedAnswer).meta({ id: "ErasedAnswer" });

/** The answer while the database is away: what was sent is kept for good, and nothing more is known of it yet. */
export const Receipt = z.strictObject({ accepted: z.literal(true), submissionId: Id }).meta({ id: "Receipt" });

const replayed = { replayed: z.literal(true).optional() };
const RefusedItem = z.strictObject({ error: Problem });
const SubmissionItem = z.strictObject({ ...submissionAnswer, ...replayed });
const EventItem = z.strictObject({ ...eventAnswer, ...replayed });
const ErasedItem = z.strictObject({ ...erasedAnswer, ...replayed });

/** The answer to an array, in its order. */
export const BatchAnswer = z
  .strictObject({ results: z.array(z.union([SubmissionItem, EventItem, ErasedItem, Receipt, RefusedItem])) })
  .meta({ id: "BatchAnswer" });
export const FormAnswer = z.strictObject({ ok: z.literal(true), submissionId: Id }).meta({ id: "FormAnswer" });

const message = {
  id: Id,
  leadId: Id,
  template: Text,
  rule: Text,
  submissionId: Id.nullable(),
  status: z.enum(MESSAGE_STATUSES),
  reason: Text.nullable(),
  attempts: Count,
  subject: Text.nullable(),
  dueAt: Time,
  createdAt: Time,
  updatedAt: Time,
  sentAt: Time.nullable(),
};
export const Message = z.strictObject(message).meta({ id: "Message" });
export const MessagePage = pageOf("Message", Message);
export const MessageContent = z
  .strictObject({ ...message, html: Text.nullable(), text: Text.nullable() })
  .meta({ id: "MessageWithContent" });

export const Quarantined = z
  .strictObject({
    id: Id,
    channel: z.enum(["form", "webhook", "api", "event"]),
    source: Text,
    contentType: Text,
    payload: JsonObject,
    reason: Text,
    sightings: Count,
    submissionId: Id.nullable(),
    receivedAt: Time,
    retriedAt: Time.nullable(),
  })
  .meta({ id: "Quarantined" });
export const QuarantinePage = pageOf("Quarantine", Quarantined);

export const Stats = z
  .strictObject({
    leads: Count,
    submissions: Count,
    replays: Count,
    messages: z.record(z.string(), Count).meta({ description: "By status; statuses without any are left out." }),
    events: Count,
    quarantined: Count,
    spam: Count,
    test: Count,
  })
  .meta({ id: "Stats" });

const scopes = z.array(z.enum(SCOPES));
export const Me = z.strictObject({ name: Text, scopes }).meta({ id: "Me" });
const key = {
  id: Id,
  name: Text,
  scopes,
  prefix: Text,
  lastFour: Text,
  createdAt: Time,
  lastUsedAt: Time.nullable(),
  revokedAt: Time.nullable(),
};
const Key = z.strictObject(key).meta({ id: "Key" });
export const KeyPage = pageOf("Key", Key);
export const CreatedKey = z
  .strictObject({ ...key, key: Text.meta({ description: "Shown here and never again.", examples: ["lg_…"] }) })
  .meta({ id: "CreatedKey" });

const hook = {
  id: Id,
  url: z.url(),
  events: z.array(z.enum(HOOK_EVENTS)),
  createdAt: Time,
  disabledAt: Time.nullable(),
  disabledReason: Text.nullable(),
};
const Hook = z.strictObject(hook).meta({ id: "Hook" });
export const HookPage = pageOf("Hook", Hook);
export const CreatedHook = z
  .strictObject({ ...hook, secret: Text.meta({ description: "Shown here and never again.", examples: ["whsec_…"] }) })
  .meta({ id: "CreatedHook" });
export const Delivery = z
  .strictObject({
    id: Id.meta({ description: "What is sent as `webhook-id`, the same on every retry." }),
    hookId: Id,
    event: z.enum([...HOOK_EVENTS, "hook.test"]),
    status: z.enum(["pending", "delivered", "failed", "cancelled"]),
    attempts: Count,
    responseStatus: z.int().nullable(),
    reason: Text.nullable(),
    createdAt: Time,
    nextAttemptAt: Time.nullable(),
    deliveredAt: Time.nullable(),
  })
  .meta({ id: "Delivery" });
export const DeliveryPage = pageOf("Delivery", Delivery);

export const Health = z.strictObject({ status: z.literal("ok") });
export const Readiness = z.strictObject({
  status: z.enum(["ready", "degraded", "unavailable"]),
  reasons: z.array(Text),
});
export const EventsCounted = z.strictObject({ counted: Count.meta({ description: "How many were new." }) });
