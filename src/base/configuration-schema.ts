import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { parseDuration } from "./duration.ts";

/** The signatures of senders that can open a webhook source. */
export const SIGNATURE_SCHEMES = [
  "standard",
  "typeform",
  "tally",
  "webflow",
  "wpforms",
  "facebook",
  "calendly",
  "netlify",
  "framer",
  "formspree",
  "hubspot",
  "stripe",
] as const;
export type SignatureScheme = (typeof SIGNATURE_SCHEMES)[number];

/** What a source's `map` may name. Held equal to the canonical fields of `lead/types` by a test: base imports no lead. */
export const MAPPABLE_FIELDS = [
  "email",
  "firstName",
  "lastName",
  "fullName",
  "phone",
  "company",
  "jobTitle",
  "website",
  "country",
  "message",
  "consent",
  "occurredAt",
  "utm.source",
  "utm.medium",
  "utm.campaign",
  "utm.term",
  "utm.content",
] as const;
export type MappableField = (typeof MAPPABLE_FIELDS)[number];

export const SOURCE_SLUG = /^[a-z0-9-]{1,64}$/;
const DAY_MS = 86_400_000;
const MAX_DURATION_DAYS = 366;

/** Settings that one kind of source has and the other has not. */
const OF_KIND: Readonly<Record<string, string>> = {
  origins: "form",
  redirects: "form",
  honeypot: "form",
  secret: "webhook",
  signature: "webhook",
};

/** An object whose unknown keys are faults, one line for each, in the order of `issue.keys`. */
function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  const told = (key: string) =>
    "kind" in shape && Object.hasOwn(OF_KIND, key)
      ? `only a source of kind ${OF_KIND[key]} has it`
      : `unknown setting${didYouMean(key, Object.keys(shape))}`;
  return z.strictObject(shape, {
    error: (issue) => (issue.code === "unrecognized_keys" ? (issue.keys as string[]).map(told).join("\n") : undefined),
  });
}

const word = z.string().trim().min(1, "must not be empty");

const duration = z
  .string("a duration such as 30m, 2h or 1d")
  .refine((text) => parseDuration(text) !== undefined, "a duration such as 500ms, 90s, 30m, 2h or 1d")
  .transform((text) => parseDuration(text) ?? 0)
  .refine((ms) => ms <= MAX_DURATION_DAYS * DAY_MS, `at most ${MAX_DURATION_DAYS}d`);

const origin = z.string().refine((text) => {
  const url = safeUrl(text);
  return url !== null && isHttp(url) && url.origin === text;
}, "an origin: scheme, host and port only, in lower case, such as https://www.example.com");

const redirect = z.string().refine((text) => {
  const url = safeUrl(text);
  return url !== null && isHttp(url) && url.username === "" && url.password === "";
}, "an absolute http or https address, such as https://www.example.com/thanks");

function safeUrl(text: string): URL | null {
  return /^https?:\/\//i.test(text) && URL.canParse(text) ? new URL(text) : null;
}

function isHttp(url: URL): boolean {
  return url.protocol === "https:" || url.protocol === "http:";
}

const A_SECRET = "a secret, or a list of secrets";
const secrets = z
  .union([word.transform((secret) => [secret]), z.array(word).min(1, A_SECRET)], { error: A_SECRET })
  .default([]);

const map = z
  .record(z.string(), word)
  .superRefine((fields, context) => {
    for (const field of Object.keys(fields)) {
      if ((MAPPABLE_FIELDS as readonly string[]).includes(field)) continue;
      const message = `no field of a lead${didYouMean(field, MAPPABLE_FIELDS) || `; there are ${MAPPABLE_FIELDS.join(", ")}`}`;
      context.addIssue({ code: "custom", path: [field], message });
    }
  })
  .transform((fields) => fields as Partial<Record<MappableField, string>>)
  .default({});

const everySource = { map, dedupeWindow: duration.default(DAY_MS) };

const formSource = strict({
  kind: z.literal("form"),
  origins: z.array(origin).optional(),
  redirects: z.array(redirect).default([]),
  honeypot: word.default("_gotcha"),
  ...everySource,
});

const webhookSource = strict({
  kind: z.literal("webhook"),
  secret: secrets,
  signature: z.enum(SIGNATURE_SCHEMES).optional(),
  ...everySource,
}).superRefine(({ secret, signature }, context) => {
  if (signature === undefined) return;
  const fault = (message: string) => context.addIssue({ code: "custom", path: ["secret"], message });
  if (secret.length === 0) fault("is missing: a signature is checked with it");
  if (signature === "standard" && !secret.every(isStandardSecret))
    fault("must be base64, with or without whsec_ before it");
});

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md */
function isStandardSecret(secret: string): boolean {
  return /^(?:whsec_)?[A-Za-z0-9+/]+={0,2}$/.test(secret);
}

const source = z
  .discriminatedUnion("kind", [formSource, webhookSource], {
    error: (issue) => (issue.code === "invalid_union" ? "must be form or webhook" : undefined),
  })
  .transform(({ dedupeWindow, ...rest }) => ({ ...rest, dedupeWindowMs: dedupeWindow }));

const A_TEMPLATE = "a template's name (letters, digits, - and _), or { sendgrid: d-… }";
const template = z.union(
  [
    z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]{0,99}$/, A_TEMPLATE),
    z
      .strictObject({ sendgrid: z.string().regex(/^d-[A-Za-z0-9]{1,64}$/, A_TEMPLATE) })
      .transform(({ sendgrid }) => `sendgrid:${sendgrid}`),
  ],
  { error: A_TEMPLATE },
);

const followUp = strict({
  name: word.max(100),
  on: z
    .string()
    .regex(
      /^(?:submission|lead\.(?:created|updated|confirmed)|event:\S{1,100})$/,
      "must be submission, lead.created, lead.updated, lead.confirmed or event:<type>",
    )
    .transform((trigger) => trigger as TriggerName),
  sources: z.array(z.string().regex(SOURCE_SLUG, "a source: a to z, 0 to 9 and -, at most 64")).min(1).optional(),
  when: word.optional(),
  template,
  delay: duration.default(0),
  unless: word.optional(),
  requireConsent: z.boolean().default(false),
  to: z
    .string()
    .regex(/^[^\s@<>,;]+@[^\s@<>,;]+$/, "an e-mail address")
    .optional(),
}).transform(({ delay, ...rest }) => ({ ...rest, delayMs: delay }));

export type TriggerName = "submission" | "lead.created" | "lead.updated" | "lead.confirmed" | `event:${string}`;

/** The shape of `leadgate.config.yaml` (contract, section 3), with defaults filled in and durations in milliseconds. */
export const ConfigurationSchema = strict({
  email: strict({ foldPlus: z.boolean().default(false), foldGmailDots: z.boolean().default(false) }).prefault({}),
  sources: z
    .record(z.string(), source)
    .superRefine((sources, context) => {
      const fault = (slug: string, message: string) => context.addIssue({ code: "custom", path: [slug], message });
      for (const [slug, { kind }] of Object.entries(sources)) {
        if (!SOURCE_SLUG.test(slug)) fault(slug, "a source's name is made of a to z, 0 to 9 and -, at most 64");
        if (slug === "api" && kind === "form") fault(slug, "api is the source of /v1/leads and can't be a form");
      }
    })
    .optional(),
  followUps: z.array(followUp).optional(),
}).superRefine(({ sources, followUps = [] }, context) => {
  const names = new Set<string>();
  const slugs = sources && ["api", ...Object.keys(sources)];
  for (const [index, { name, sources: wanted = [] }] of followUps.entries()) {
    const fault = (path: PropertyKey[], message: string) =>
      context.addIssue({ code: "custom", path: ["followUps", index, ...path], message });
    if (names.has(name)) fault(["name"], `another rule is called '${name}'`);
    names.add(name);
    for (const [at, slug] of wanted.entries()) {
      if (slugs && !slugs.includes(slug)) fault(["sources", at], `no such source${didYouMean(slug, slugs)}`);
    }
  }
});

export type SourceSettings = z.output<typeof source>;
export type FollowUp = z.output<typeof followUp>;
