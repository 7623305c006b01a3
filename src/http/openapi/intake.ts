import { z } from "zod";
import { CanonicalLead, SourceSlug } from "../canonical.ts";
import { ApiOptions } from "../intake.routes.ts";
import { CanonicalEvent } from "../read-event.ts";
import { BatchAnswer, ErasedAnswer, EventAnswer, FormAnswer, Receipt, SubmissionAnswer } from "./answers.ts";
import { html, json, type Operation, REPLAYED } from "./operation.ts";
import { JsonObject, Page, Text } from "./values.ts";

const anything = JsonObject.meta({ description: "Names of form builders, ad platforms and Zapier are recognised." });
const orArray = (schema: z.ZodType) => z.union([schema, z.array(schema).max(1_000)]);
const form = z.record(z.string(), z.string());
const source = { source: SourceSlug };
const IDENTITY = {
  "Idempotency-Key": z
    .string()
    .regex(/^[\x21-\x7e]{1,255}$/)
    .optional()
    .meta({ description: "Makes repetitions of this request one submission." }),
  "webhook-id": Text.optional().meta({ description: "The same, as Standard Webhooks name it." }),
};
const ANN = { email: "ann@example.com", firstName: "Ann", message: "Please call me" };

const RECEIPT = json(
  "The database is away: it is kept for good, and taken in with this id as soon as the database is back. The same request sent again gets the real answer then.",
  Receipt,
);

/** The ways in. */
export const INTAKE: readonly Operation[] = [
  {
    method: "post",
    path: "/forms/{source}",
    id: "postForm",
    tag: "Intake",
    summary: "Take an HTML form in",
    description:
      "Public: the rate limit, the origin and the honeypot are looked at, in that order. A browser gets a page or a redirect. The answer never tells whether the lead was known.",
    access: "public",
    params: source,
    headers: IDENTITY,
    body: {
      required: true,
      content: {
        "application/x-www-form-urlencoded": form,
        "multipart/form-data": form,
        "application/json": anything,
      },
      example: ANN,
    },
    answers: {
      200: {
        description: "Taken, now or before.",
        content: { "application/json": FormAnswer, "text/html": Page },
      },
      303: { description: "Taken; a browser is sent to the page the form names.", headers: { Location: "That page." } },
    },
    problems: [400, 403, 404, 413, 415, 422, 429, 503],
  },
  {
    method: "options",
    path: "/forms/{source}",
    id: "preflightForm",
    tag: "Intake",
    summary: "Tell a browser whether a page may post the form",
    access: "public",
    params: source,
    answers: { 204: { description: "It may, with the headers of CORS." } },
    problems: [403, 404],
  },
  {
    method: "post",
    path: "/webhooks/{source}",
    id: "postWebhook",
    tag: "Intake",
    summary: "Take a webhook in",
    description:
      "JSON, an object or an array of up to 1,000, or a form. Let in by the source's secret, by a key with scope ingest, or by the sender's own signature. Always 200, since some senders show visitors an error on anything else.",
    access: "webhook",
    params: source,
    headers: IDENTITY,
    body: {
      required: true,
      content: {
        "application/json": orArray(anything),
        "application/x-www-form-urlencoded": form,
        "multipart/form-data": form,
      },
      example: ANN,
    },
    answers: {
      200: json(
        "Taken, now or before; a receipt while the database is away.",
        z.union([SubmissionAnswer, EventAnswer, ErasedAnswer, Receipt, BatchAnswer]),
        REPLAYED,
      ),
    },
    problems: [400, 404, 413, 415, 422, 503],
  },
  {
    method: "post",
    path: "/v1/leads",
    id: "postLeads",
    tag: "Intake",
    summary: "Take leads of your own code in",
    description:
      "Canonical names; other keys are kept as attributes. An array of up to 1,000 is answered item by item.",
    access: "ingest",
    query: ApiOptions,
    headers: IDENTITY,
    body: { required: true, content: { "application/json": orArray(CanonicalLead) }, example: ANN },
    answers: {
      200: json(
        "A lead that was known, or an array.",
        z.union([SubmissionAnswer, ErasedAnswer, BatchAnswer]),
        REPLAYED,
      ),
      201: json("A new lead.", SubmissionAnswer, REPLAYED),
      202: RECEIPT,
    },
    problems: [400, 404, 413, 415, 422, 503],
  },
  {
    method: "post",
    path: "/v1/events",
    id: "postEvents",
    tag: "Intake",
    summary: "Count behaviour events, such as a paid order",
    description: "Each is counted once for its source and id.",
    access: "ingest",
    body: {
      required: true,
      content: { "application/json": orArray(CanonicalEvent) },
      example: { id: "order-1", type: "order.paid", email: "ann@example.com", value: 129.5, currency: "EUR" },
    },
    answers: {
      200: json("An array.", z.union([ErasedAnswer, BatchAnswer])),
      201: json("Counted, now or before.", EventAnswer, REPLAYED),
      202: RECEIPT,
    },
    problems: [400, 404, 413, 415, 422, 503],
  },
];

/** What a person reaches by the links in a mail. */
export const PEOPLE: readonly Operation[] = (["unsubscribe", "confirm"] as const).flatMap((what): Operation[] => [
  {
    method: "get",
    path: `/${what}/{token}`,
    id: `${what}Page`,
    tag: "People",
    summary: `The page a mail's ${what} link leads to; it changes nothing`,
    access: "token",
    params: { token: Text },
    answers: { 200: html("A page with a button.", Page), 404: html("The link is not complete.", Page) },
    problems: [],
  },
  {
    method: "post",
    path: `/${what}/{token}`,
    id: what,
    tag: "People",
    summary: what === "unsubscribe" ? "Take a person off all mail (RFC 8058)" : "Confirm an address (double opt-in)",
    access: "token",
    params: { token: Text },
    answers: { 200: html("Done, now or before.", Page), 404: html("The link is not complete.", Page) },
    problems: [503],
  },
]);
