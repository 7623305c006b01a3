import { readFileSync } from "node:fs";
import { OpenAPIRegistry, OpenApiGeneratorV31, type ResponseConfig } from "@asteasolutions/zod-to-openapi";
import { z } from "zod";
import { HOOK_EVENTS } from "../../flow/hook-events.ts";
import { Lead, Message } from "./answers.ts";
import { INTAKE, PEOPLE } from "./intake.ts";
import { LEADS } from "./leads.ts";
import type { Access, Answer, Operation } from "./operation.ts";
import { OPERATOR } from "./operator.ts";
import { problemExamples, titleOf } from "./problems.ts";
import { RECORDS } from "./records.ts";
import { SERVICE } from "./service.ts";
import { Text, Time } from "./values.ts";

/** Every call there is. */
const OPERATIONS: readonly Operation[] = [...INTAKE, ...LEADS, ...RECORDS, ...OPERATOR, ...PEOPLE, ...SERVICE];

export type OpenApiDocument = ReturnType<OpenApiGeneratorV31["generateDocument"]>;

let made: OpenApiDocument | undefined;

/** The OpenAPI 3.1 document of the schemas that the routes parse with, made when it is first asked for. */
export function openApiDocument(): OpenApiDocument {
  made ??= makeDocument();
  return made;
}

function makeDocument(): OpenApiDocument {
  const registry = new OpenAPIRegistry();
  for (const [name, scheme] of Object.entries(SECURITY_SCHEMES)) {
    registry.registerComponent("securitySchemes", name, scheme);
  }
  for (const status of new Set(OPERATIONS.flatMap(problemsOf))) {
    registry.registerComponent("responses", `Problem${status}`, problemResponse(status));
  }
  for (const operation of OPERATIONS) register(registry, operation);
  for (const event of HOOK_EVENTS) registerHook(registry, event);
  return new OpenApiGeneratorV31(registry.definitions).generateDocument({
    openapi: "3.1.0",
    info: {
      title: "Leadgate",
      version: versionOfPackage(),
      description:
        "Lead intake: one person, one lead, one mail for each template, however often anything runs. Every error is a problem of RFC 9457.",
      license: { name: "MIT", identifier: "MIT" },
    },
    servers: [{ url: "/" }],
    tags: ["Intake", "Leads", "Messages", "Quarantine", "Hooks", "Keys", "People", "Service"].map((name) => ({ name })),
  });
}

const SECURITY_SCHEMES = {
  bearer: { type: "http", scheme: "bearer", description: "`Authorization: Bearer lg_…`" },
  apiKey: { type: "apiKey", in: "header", name: "X-Api-Key" },
  basic: { type: "http", scheme: "basic", description: "The key as password; the user name is not looked at." },
  keyInQuery: { type: "apiKey", in: "query", name: "key", description: "For senders that can set no header." },
  signature: {
    type: "apiKey",
    in: "header",
    name: "X-Twilio-Email-Event-Webhook-Signature",
    description: "SendGrid's signature over the body, checked with SENDGRID_EVENT_PUBLIC_KEY.",
  },
  webhookSignature: {
    type: "apiKey",
    in: "header",
    name: "webhook-signature",
    description: "Standard Webhooks, or the sender's own scheme, with the source's secret.",
  },
} as const;

/** The schemes by which a key can be presented, each with the scope it must have. */
function securityOf(access: Access): Record<string, string[]>[] {
  if (access === "public" || access === "token") return [];
  if (access === "signature") return [{ signature: [] }];
  const scopes = access === "any" ? [] : [access === "webhook" ? "ingest" : access];
  const keys = ["bearer", "apiKey", "basic", "keyInQuery"].map((name) => ({ [name]: scopes }));
  return access === "webhook" ? [...keys, { webhookSignature: [] }] : keys;
}

function problemsOf({ access, problems }: Operation): number[] {
  if (access === "public" || access === "token") return [...problems];
  if (access === "signature") return [401, ...problems];
  const ofKeys = access === "any" ? [401, 503] : [401, 403, 503];
  return [...new Set([...ofKeys, ...problems])];
}

function register(registry: OpenAPIRegistry, operation: Operation): void {
  const { method, path, id, tag, summary, description, access, query, params, headers, body, answers } = operation;
  const refusals = problemsOf(operation).filter((status) => answers[status] === undefined);
  registry.registerPath({
    method,
    path,
    operationId: id,
    tags: [tag],
    summary,
    ...(description !== undefined && { description }),
    security: securityOf(access),
    request: {
      ...(query !== undefined && { query: z.strictObject(query) }),
      ...(params !== undefined && { params: z.strictObject(params) }),
      ...(headers !== undefined && { headers: z.strictObject(headers) }),
      ...(body !== undefined && { body: { required: body.required, content: bodyContent(body) } }),
    },
    responses: {
      ...Object.fromEntries(Object.entries(answers).map(([status, answer]) => [status, response(answer)])),
      ...Object.fromEntries(refusals.map((status) => [status, { $ref: `#/components/responses/Problem${status}` }])),
    },
  });
}

function bodyContent({ content, example }: NonNullable<Operation["body"]>) {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema, example }]));
}

function response({ description, content = {}, headers = {} }: Answer): ResponseConfig {
  const told = Object.entries(headers).map(([name, text]) => [name, { description: text, schema: { type: "string" } }]);
  return {
    description,
    ...(told.length > 0 && { headers: Object.fromEntries(told) }),
    content: Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema }])),
  };
}

function problemResponse(status: number) {
  const schema = { $ref: "#/components/schemas/Problem" };
  const wait = { "Retry-After": { description: "Seconds to wait.", schema: { type: "string" as const } } };
  return {
    description: titleOf(status),
    ...((status === 429 || status === 503) && { headers: wait }),
    content: { "application/problem+json": { schema, examples: problemExamples(status) } },
  };
}

/** What hooks are told: the calls that Leadgate makes. */
function registerHook(registry: OpenAPIRegistry, event: (typeof HOOK_EVENTS)[number]): void {
  const data = event === "message.sent" ? Message : Lead;
  registry.registerWebhook({
    method: "post",
    path: event,
    summary: `A hook that listens to ${event} is told`,
    security: [{ webhookSignature: [] }],
    request: {
      headers: z.strictObject({
        "webhook-id": Text.meta({ description: "The same on every retry: by it a receiver tells what it had." }),
        "webhook-timestamp": Text.meta({ description: "Of this attempt, Unix seconds." }),
        "webhook-signature": Text,
      }),
      body: {
        required: true,
        content: { "application/json": { schema: z.strictObject({ type: z.literal(event), timestamp: Time, data }) } },
      },
    },
    responses: {
      "2XX": { description: "Taken." },
      410: { description: "Wants no more; the hook is disabled." },
    },
  });
}

function versionOfPackage(): string {
  const text = readFileSync(new URL("../../../package.json", import.meta.url), "utf8");
  return (JSON.parse(text) as { version: string }).version;
}
