import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";
import { apiSource, type Configuration, type FormSource, formSource, webhookSource } from "../flow/configuration.ts";
import type { Keys } from "../flow/keys.ts";
import type { Json } from "../lead/types.ts";
import { requireScope } from "./auth.ts";
import { parseBody, rawBody } from "./body.ts";
import { callerAddress } from "./caller-address.ts";
import { sendProblem } from "./errors.ts";
import { allowOrigin, allowWait, checkOrigin, preflight } from "./form-origin.ts";
import { type IntakeAnswer, type IntakeDeps, Quarantined, takeMany, takeOne } from "./intake.ts";
import { thankYouPage } from "./pages.ts";
import { NO_QUERY, parseQuery } from "./parse-query.ts";
import type { Arrival } from "./read-submission.ts";
import { sendPage } from "./send-page.ts";
import { authoriseWebhook } from "./webhook-auth.ts";

export interface IntakeRouteDeps extends IntakeDeps {
  readonly keys: Keys;
  readonly configuration: () => Configuration;
  readonly bodyLimitBytes: number;
  /** Seconds to wait for a caller over the limit of form posts, else undefined. */
  readonly limitForms: (caller: string) => Promise<number | undefined>;
  readonly now: () => Date;
  readonly publicUrl: () => string;
}

/** The ways in: `/forms`, `/webhooks`, and for own code `/v1/leads` and `/v1/events`. */
export function intakeRoutes(deps: IntakeRouteDeps): Router {
  const { keys, configuration } = deps;
  const body = rawBody(deps.bodyLimitBytes);
  // Of their own, so that strangers who send slowly hold up nobody who has a key.
  const keyedBody = rawBody(deps.bodyLimitBytes);
  return Router()
    .options("/forms/:source", (request, response) =>
      preflight(formSource(configuration(), slugOf(request)), request, response),
    )
    .post("/forms/:source", limitForms(deps), checkForm(deps), body, (request, response) =>
      takeForm(deps, request, response),
    )
    .post("/webhooks/:source", body, async (request, response) => {
      const source = webhookSource(configuration(), slugOf(request));
      await authoriseWebhook(request, source, deps);
      const arrival = arrivalOf(request, configuration(), { channel: "webhook", source: slugOf(request), ...source });
      await answerJson(deps, request, response, await parseBody(request), arrival, () => 200);
    })
    .post("/v1/leads", requireScope(keys, "ingest"), keyedBody, async (request, response) => {
      const { followUps } = parseQuery(ApiOptions, request);
      const source = apiSource(configuration(), "api");
      const arrival = arrivalOf(request, configuration(), { channel: "api", source: "api", ...source });
      const statusOf = (outcome: string) => API_STATUS[outcome] ?? 200;
      const payload = await parseBody(request);
      await answerJson(deps, request, response, payload, { ...arrival, followUps: followUps !== "off" }, statusOf);
    })
    .post("/v1/events", requireScope(keys, "ingest"), keyedBody, async (request, response) => {
      parseQuery(NO_QUERY, request);
      const source = apiSource(configuration(), "api");
      const arrival = arrivalOf(request, configuration(), { channel: "event", source: "api", ...source });
      const statusOf = (outcome: string) => API_STATUS[outcome] ?? 200;
      await answerJson(deps, request, response, await parseBody(request), arrival, statusOf);
    });
}

/** By outcome; what waits in the spool is taken, and nothing more is known of it yet. */
const API_STATUS: Readonly<Record<string, number>> = { created: 201, counted: 201, accepted: 202 };

/** What `POST /v1/leads` takes in its address. */
export const ApiOptions = { followUps: z.enum(["on", "off"], "must be on or off").default("on") };

function slugOf(request: Request): string {
  return String(request.params.source);
}

function limitForms({ limitForms }: IntakeRouteDeps) {
  return async (request: Request, response: Response, next: () => void) => {
    const retryAfterSeconds = await limitForms(callerAddress(request.ip));
    if (retryAfterSeconds !== undefined) {
      allowWait(request, response);
      throw new LeadgateError("rate-limited", "Too many form posts from this address; wait a moment.", {
        retryAfterSeconds,
      });
    }
    next();
  };
}

function checkForm({ configuration }: IntakeRouteDeps) {
  return (request: Request, response: Response, next: () => void) => {
    const source = formSource(configuration(), slugOf(request));
    checkOrigin(source, request);
    allowOrigin(source, request, response);
    next();
  };
}

async function takeForm(deps: IntakeRouteDeps, request: Request, response: Response): Promise<void> {
  const configuration = deps.configuration();
  const source = formSource(configuration, slugOf(request));
  const payload = await parseBody(request);
  const arrival = arrivalOf(request, configuration, { channel: "form", source: slugOf(request), ...source });
  let answer: IntakeAnswer;
  try {
    answer = await takeOne(deps, payload, arrival);
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    return sendProblem(request, response, error, error.quarantineId);
  }
  answerForm(source, payload, answer, request, response);
}

/** Never tells whether the lead was known, nor whether this was a replay. */
function answerForm(
  source: FormSource,
  payload: Json,
  { submissionId }: IntakeAnswer,
  request: Request,
  response: Response,
): void {
  if (request.accepts(["json", "html"]) !== "html") {
    response.json({ ok: true, submissionId });
    return;
  }
  const target = redirectTarget(source, payload);
  if (target !== undefined) response.redirect(303, target);
  else sendPage(response, thankYouPage());
}

/** Only listed pages: anything else would let a stranger's form send people anywhere in this site's name. */
function redirectTarget({ redirects }: FormSource, payload: Json): string | undefined {
  const wanted = (payload as Record<string, Json>)._redirect;
  return redirects.find((listed) => listed === wanted) ?? redirects[0];
}

async function answerJson(
  deps: IntakeRouteDeps,
  request: Request,
  response: Response,
  payload: Json,
  arrival: Arrival,
  statusOf: (outcome: string) => number,
): Promise<void> {
  response.type("json");
  if (Array.isArray(payload)) {
    response.send(await takeMany(deps, payload, arrival, String(request.id)));
    return;
  }
  try {
    const { outcome, replayed, body } = await takeOne(deps, payload, arrival);
    if (replayed) response.set("Idempotent-Replayed", "true");
    response.status(statusOf(outcome)).send(body);
  } catch (error) {
    if (!(error instanceof Quarantined)) throw error;
    sendProblem(request, response, error, error.quarantineId);
  }
}

type SourceOptions = Pick<Arrival, "channel" | "source" | "map" | "dedupeWindowMs"> & { honeypot?: string };

function arrivalOf(request: Request, configuration: Configuration, options: SourceOptions): Arrival {
  const { channel, source, map, dedupeWindowMs, honeypot } = options;
  return {
    channel,
    source,
    map,
    dedupeWindowMs,
    headers: singleHeaders(request),
    fold: configuration.email,
    dedupeWindowOf: (slug) => apiSource(configuration, slug).dedupeWindowMs,
    followUps: true,
    idempotencyKey: idempotencyKey(request),
    webhookId: header(request, "webhook-id"),
    ...(honeypot !== undefined && { honeypot }),
  };
}

function idempotencyKey(request: Request): string | undefined {
  const key = header(request, "idempotency-key");
  if (key === undefined || /^[\x21-\x7e]{1,255}$/.test(key)) return key;
  const message = "must be 1 to 255 visible ASCII characters";
  throw new LeadgateError("malformed", `The Idempotency-Key ${message}.`, {
    faults: [{ path: "Idempotency-Key", message }],
  });
}

function header(request: Request, name: string): string | undefined {
  const value = request.headers[name];
  return Array.isArray(value) ? value.join(", ") : value;
}

function singleHeaders(request: Request): Record<string, string> {
  const single: Record<string, string> = {};
  for (const [name, value] of Object.entries(request.headers)) if (typeof value === "string") single[name] = value;
  return single;
}
