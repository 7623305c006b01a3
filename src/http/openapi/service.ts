import { z } from "zod";
import { DOCS_FILES } from "../docs.routes.ts";
import { EventsCounted, Health, Readiness } from "./answers.ts";
import { html, json, type Operation } from "./operation.ts";
import { JsonObject, Page, Text } from "./values.ts";

/** The service itself: whether it lives, what it can do, and what SendGrid tells it. */
export const SERVICE: readonly Operation[] = [
  {
    method: "get",
    path: "/healthz",
    id: "getHealth",
    tag: "Service",
    summary: "Whether the process answers",
    access: "public",
    answers: { 200: json("It does.", Health) },
    problems: [],
  },
  {
    method: "get",
    path: "/readyz",
    id: "getReadiness",
    tag: "Service",
    summary: "Whether it takes submissions in, with reasons",
    description:
      "`degraded` while the database is away: submissions are kept in the spool and queries are refused. It stays 200, so that a balancer goes on sending submissions here.",
    access: "public",
    answers: {
      200: json("It does.", Readiness),
      503: json("It can't keep anything.", Readiness, { "Retry-After": "Seconds." }),
    },
    problems: [],
  },
  {
    method: "get",
    path: "/problems/{kind}",
    id: "getProblem",
    tag: "Service",
    summary: "Where the types of problems lead: to a word that they are names",
    access: "public",
    params: { kind: Text },
    answers: {},
    problems: [404],
  },
  {
    method: "post",
    path: "/sendgrid/events",
    id: "postSendGridEvents",
    tag: "Service",
    summary: "SendGrid's signed event webhook",
    access: "signature",
    body: {
      required: true,
      content: { "application/json": z.array(JsonObject) },
      example: [{ event: "delivered", message_id: "01890a5d-ac96-774b-bcce-b302099a8057", timestamp: 1772366400 }],
    },
    answers: { 200: json("Counted, now or before.", EventsCounted) },
    problems: [400, 404, 413, 415, 503],
  },
  {
    method: "get",
    path: "/metrics",
    id: "getMetrics",
    tag: "Service",
    summary: "What Prometheus reads",
    access: "read",
    answers: { 200: { description: "Its text format.", content: { "text/plain": Page } } },
    problems: [],
  },
  {
    method: "get",
    path: "/openapi.json",
    id: "getOpenApi",
    tag: "Service",
    summary: "This document",
    access: "public",
    answers: { 200: json("OpenAPI 3.1.", JsonObject) },
    problems: [],
  },
  {
    method: "get",
    path: "/docs",
    id: "getDocs",
    tag: "Service",
    summary: "This document for people",
    access: "public",
    answers: { 200: html("A page that loads nothing from elsewhere.", Page) },
    problems: [],
  },
  {
    method: "get",
    path: "/docs/{file}",
    id: "getDocsFile",
    tag: "Service",
    summary: "What the page is made of",
    access: "public",
    params: { file: z.enum(DOCS_FILES) },
    answers: { 200: { description: "The file.", content: { "text/css": Page, "text/javascript": Page } } },
    problems: [404],
  },
];
