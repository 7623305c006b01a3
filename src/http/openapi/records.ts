import { z } from "zod";
import { NewHook } from "../hooks.routes.ts";
import { NewKey } from "../keys.routes.ts";
import { PageQuery, QueryText } from "../parse-query.ts";
import { MessageFilter } from "../records.routes.ts";
import { RetryOptions } from "../retry.routes.ts";
import * as answers from "./answers.ts";
import { json, list, type Operation, REPLAYED } from "./operation.ts";
import { IdParam } from "./values.ts";

const DELETED = { 204: { description: "Gone, now or before." } };

const MESSAGES: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/messages",
    id: "listMessages",
    tag: "Messages",
    summary: "Follow-ups, newest first",
    access: "read",
    query: MessageFilter,
    answers: { 200: list("A page.", answers.MessagePage) },
    problems: [400],
  },
  {
    method: "get",
    path: "/v1/messages/{id}",
    id: "getMessage",
    tag: "Messages",
    summary: "One follow-up with its rendered content",
    access: "read",
    params: IdParam,
    answers: { 200: json("The follow-up.", answers.MessageContent) },
    problems: [404],
  },
  {
    method: "post",
    path: "/v1/messages/{id}/retry",
    id: "retryMessage",
    tag: "Messages",
    summary: "Send a failed follow-up again",
    description: "One whose fate is uncertain may have been sent; it is sent again only with `acceptDuplicate`.",
    access: "admin",
    params: IdParam,
    body: { required: false, content: { "application/json": RetryOptions }, example: { acceptDuplicate: true } },
    answers: { 200: json("The follow-up, queued.", answers.MessageContent) },
    problems: [400, 404, 409, 413, 415, 422],
  },
];

const QUARANTINE: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/quarantine",
    id: "listQuarantine",
    tag: "Quarantine",
    summary: "What had no usable address, newest first",
    access: "read",
    query: { ...PageQuery, source: QueryText },
    answers: { 200: list("A page.", answers.QuarantinePage) },
    problems: [400],
  },
  {
    method: "get",
    path: "/v1/quarantine/{id}",
    id: "getQuarantined",
    tag: "Quarantine",
    summary: "One request that was set aside",
    access: "read",
    params: IdParam,
    answers: { 200: json("The request.", answers.Quarantined) },
    problems: [404],
  },
  {
    method: "post",
    path: "/v1/quarantine/{id}/retry",
    id: "retryQuarantined",
    tag: "Quarantine",
    summary: "Read a request again, after its mapping was mended",
    access: "admin",
    params: IdParam,
    answers: {
      200: json("A lead that was known.", z.union([answers.SubmissionAnswer, answers.EventAnswer]), REPLAYED),
      201: json("A new lead.", z.union([answers.SubmissionAnswer, answers.EventAnswer]), REPLAYED),
    },
    problems: [400, 404, 422],
  },
];

const KEYS: readonly Operation[] = [
  {
    method: "get",
    path: "/v1/stats",
    id: "getStats",
    tag: "Service",
    summary: "How many of everything there are",
    access: "read",
    answers: { 200: json("The counts.", answers.Stats) },
    problems: [],
  },
  {
    method: "get",
    path: "/v1/me",
    id: "getMe",
    tag: "Keys",
    summary: "The key that is asking",
    access: "any",
    answers: { 200: json("Its name and scopes.", answers.Me) },
    problems: [],
  },
  {
    method: "post",
    path: "/v1/keys",
    id: "createKey",
    tag: "Keys",
    summary: "Make a key",
    access: "admin",
    body: { required: true, content: { "application/json": NewKey }, example: { name: "shop", scopes: ["ingest"] } },
    answers: { 201: json("The key, shown here and never again.", answers.CreatedKey) },
    problems: [400, 413, 415, 422],
  },
  {
    method: "get",
    path: "/v1/keys",
    id: "listKeys",
    tag: "Keys",
    summary: "Keys, newest first, without what makes them work",
    access: "read",
    query: PageQuery,
    answers: { 200: list("A page.", answers.KeyPage) },
    problems: [400],
  },
  {
    method: "delete",
    path: "/v1/keys/{id}",
    id: "revokeKey",
    tag: "Keys",
    summary: "Revoke a key",
    access: "admin",
    params: IdParam,
    answers: { 204: { description: "No process takes it any more." } },
    problems: [404, 409],
  },
];

const HOOKS: readonly Operation[] = [
  {
    method: "post",
    path: "/v1/hooks",
    id: "createHook",
    tag: "Hooks",
    summary: "Subscribe: have an address told of events",
    description:
      "Calls are signed by Standard Webhooks with the secret in the answer. What is not answered with 2xx is sent again after 5 s, 5 min, 30 min, 2 h, 5 h, 10 h and 10 h under the same `webhook-id`; 410 ends the subscription. Redirects are not followed.",
    access: "admin",
    body: {
      required: true,
      content: { "application/json": NewHook },
      example: { url: "https://hooks.example.com/leads", events: ["lead.created"] },
    },
    answers: { 201: json("The hook and its secret.", answers.CreatedHook) },
    problems: [400, 413, 415, 422],
  },
  {
    method: "get",
    path: "/v1/hooks",
    id: "listHooks",
    tag: "Hooks",
    summary: "Hooks, newest first",
    access: "read",
    query: PageQuery,
    answers: { 200: list("A page.", answers.HookPage) },
    problems: [400],
  },
  {
    method: "delete",
    path: "/v1/hooks/{id}",
    id: "deleteHook",
    tag: "Hooks",
    summary: "Unsubscribe",
    access: "admin",
    params: IdParam,
    answers: DELETED,
    problems: [404],
  },
  {
    method: "post",
    path: "/v1/hooks/{id}/test",
    id: "testHook",
    tag: "Hooks",
    summary: "Call a hook with a test",
    access: "admin",
    params: IdParam,
    answers: { 202: json("The delivery, which is made at once.", answers.Delivery) },
    problems: [404, 409],
  },
  {
    method: "get",
    path: "/v1/hooks/{id}/deliveries",
    id: "listDeliveries",
    tag: "Hooks",
    summary: "What a hook was told, newest first; kept for 30 days",
    access: "read",
    params: IdParam,
    query: PageQuery,
    answers: { 200: list("A page.", answers.DeliveryPage) },
    problems: [400, 404],
  },
];

/** Follow-ups, the quarantine, keys and hooks. */
export const RECORDS: readonly Operation[] = [...MESSAGES, ...QUARANTINE, ...KEYS, ...HOOKS];
