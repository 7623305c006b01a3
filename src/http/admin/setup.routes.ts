import { Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../../base/errors.ts";
import { apiSource, type Configuration } from "../../flow/configuration.ts";
import type { Keys } from "../../flow/keys.ts";
import type { Overview } from "../../flow/overview.ts";
import type { TestSend } from "../../flow/test-send.ts";
import type { JsonObject } from "../../lead/types.ts";
import { requireScope } from "../auth.ts";
import { rawBody } from "../body.ts";
import { type IntakeDeps, takeOne } from "../intake.ts";
import { parseFields } from "../parse-fields.ts";
import type { Arrival } from "../read-submission.ts";
import { sendPreview } from "./preview.ts";

export interface SetupRouteDeps extends IntakeDeps {
  readonly keys: Keys;
  readonly overview: Overview;
  readonly configuration: () => Configuration;
  readonly publicUrl: () => string;
  readonly bodyLimitBytes: number;
  /** What is set, as far as people who may read should know it. */
  readonly instance: InstanceFacts;
  readonly templates: () => TemplateFacts;
  /** Renders a template with a sample lead and calls nobody, whatever the mode. */
  readonly previewTemplate: TestSend;
}

export interface InstanceFacts {
  readonly mailMode: string;
  readonly mailFrom: string | null;
  readonly database: string;
  readonly hooksAllowPrivate: boolean;
}

export interface TemplateFacts {
  names(): string[];
  usesConfirmUrl(name: string): boolean;
}

const FIELDS = "must be an object with the fields of a form";
const TestPost = z.strictObject({
  fields: z.record(z.string(), z.string().max(10_000, "must have at most 10,000 characters"), FIELDS),
  followUps: z.boolean("must be true or false"),
});

/** An address of nobody. */
const SAMPLE_ADDRESS = "ada@example.com";

/** How the instance is set up, as it was loaded, and trying that out. No secret is told. */
export const setupRoutes = (deps: SetupRouteDeps): Router => Router().use(sourceRoutes(deps)).use(mailRoutes(deps));

function sourceRoutes(deps: SetupRouteDeps): Router {
  const { keys, overview, configuration, publicUrl } = deps;
  return Router()
    .get("/admin/api/instance", (_request, response) => {
      response.json({ publicUrl: publicUrl(), isConfigured: configuration().sources !== undefined, ...deps.instance });
    })
    .get("/admin/api/sources", async (_request, response) => {
      const seen = new Map((await overview.seenSources()).map(({ source, lastLeadAt }) => [source, lastLeadAt]));
      const named = [...(configuration().sources ?? [])].map(([slug, settings]) => ({ slug, ...told(settings) }));
      const names = new Set(named.map(({ slug }) => slug));
      const others = [...seen.keys()].filter((slug) => !names.has(slug)).map((slug) => ({ slug, kind: null }));
      const data = [...named, ...others].map((source) => ({
        ...source,
        lastLeadAt: seen.get(source.slug)?.toISOString() ?? null,
      }));
      response.json({ data });
    })
    .post(
      "/admin/api/sources/:source/test",
      requireScope(keys, "admin"),
      rawBody(deps.bodyLimitBytes),
      async (request, response) => {
        const { fields, followUps } = await parseFields(TestPost, request);
        const arrival = arrivalFor(String(request.params.source), configuration(), followUps);
        const { body } = await takeOne(deps, fields as JsonObject, arrival);
        response.status(200).type("json").send(body);
      },
    );
}

function mailRoutes({ configuration, templates, previewTemplate }: SetupRouteDeps): Router {
  return Router()
    .get("/admin/api/rules", (_request, response) => {
      const data = configuration().rules.map(({ when, unless, ...rule }) => ({
        ...rule,
        when: when?.source ?? null,
        unless: unless?.source ?? null,
      }));
      response.json({ data });
    })
    .get("/admin/api/templates", (_request, response) => {
      const { rules } = configuration();
      const data = templates()
        .names()
        .map((name) => ({
          name,
          asksToConfirm: templates().usesConfirmUrl(name),
          rules: rules.filter(({ template }) => template === name).map((rule) => rule.name),
        }));
      response.json({ data });
    })
    .get("/admin/api/templates/:name", async (request, response) => {
      const { subject, text } = await previewTemplate(String(request.params.name), SAMPLE_ADDRESS);
      response.json({ name: request.params.name, subject, text });
    })
    .get("/admin/api/templates/:name/preview", async (request, response) => {
      sendPreview(response, (await previewTemplate(String(request.params.name), SAMPLE_ADDRESS)).html);
    });
}

type Settings = ReturnType<typeof apiSource>;

/** A source's settings, of its secrets only how many there are. */
function told(settings: Settings) {
  const { kind, map, dedupeWindowMs } = settings;
  if (kind === "form") {
    const { origins = [], redirects, honeypot } = settings;
    return { kind, map, dedupeWindowMs, origins, redirects, honeypot };
  }
  return { kind, map, dedupeWindowMs, signature: settings.signature ?? null, secrets: settings.secret.length };
}

/** A test post goes the way of a real one, but for who may post. */
function arrivalFor(source: string, configuration: Configuration, followUps: boolean): Arrival {
  if (source === "api") throw new LeadgateError("invalid-field", "api takes what own code sends; try it with curl.");
  const { kind, map, dedupeWindowMs } = apiSource(configuration, source);
  return {
    // Where any source is taken on both ways, it goes the way that is more careful with mail.
    channel: configuration.sources === undefined ? "form" : kind,
    source,
    headers: { "content-type": "application/json" },
    map,
    dedupeWindowMs,
    dedupeWindowOf: (slug) => apiSource(configuration, slug).dedupeWindowMs,
    fold: configuration.email,
    followUps,
    idempotencyKey: undefined,
    webhookId: undefined,
  };
}
