import { type ConfigurationFile, faultAt } from "../base/configuration-file.ts";
import { SOURCE_SLUG, type SourceSettings } from "../base/configuration-schema.ts";
import { LeadgateError } from "../base/errors.ts";
import type { EmailFold } from "../lead/email.ts";
import { compileCondition, DEFAULT_RULES, type Rule, UNLESS_VARIABLES, WHEN_VARIABLES } from "../lead/rules.ts";

/** What is in force: how addresses are told apart, who may send, what is mailed. */
export interface Configuration {
  readonly email: EmailFold;
  /** By slug. Undefined: any slug is accepted on both intake paths. */
  readonly sources: ReadonlyMap<string, SourceSettings> | undefined;
  readonly rules: readonly Rule[];
}

/** In force without a configuration file. */
export const DEFAULT_CONFIGURATION: Configuration = {
  email: { foldPlus: false, foldGmailDots: false },
  sources: undefined,
  rules: DEFAULT_RULES,
};

/** How a source behaves that no configuration names. */
const UNNAMED = { map: {}, dedupeWindowMs: 86_400_000 };
const UNNAMED_FORM: FormSource = { kind: "form", redirects: [], honeypot: "_gotcha", ...UNNAMED };
const UNNAMED_WEBHOOK: WebhookSource = { kind: "webhook", secret: [], ...UNNAMED };

export type FormSource = Extract<SourceSettings, { kind: "form" }>;
export type WebhookSource = Extract<SourceSettings, { kind: "webhook" }>;

/**
 * Makes a configuration of what its file says.
 *
 * @param hasTemplate whether there is a mail template of that name.
 * @throws LeadgateError `bad-setting` at the first condition that does not compile or template that is not there.
 */
export function compileConfiguration(file: ConfigurationFile, hasTemplate: (name: string) => boolean): Configuration {
  const rules = file.followUps?.map((rule, index): Rule => {
    const at = (setting: string) => `followUps[${index}].${setting}`;
    const { when, unless, ...rest } = rule;
    if (!rule.template.startsWith("sendgrid:") && !hasTemplate(rule.template)) {
      throw faultAt(file, at("template"), `there is no template ${rule.template}`);
    }
    return {
      ...withoutUndefined(rest),
      ...(when !== undefined && { when: compileAt(file, at("when"), when, WHEN_VARIABLES) }),
      ...(unless !== undefined && { unless: compileAt(file, at("unless"), unless, UNLESS_VARIABLES) }),
    };
  });
  return { email: file.email, sources: file.sources, rules: rules ?? DEFAULT_RULES };
}

/**
 * The form source of a slug.
 *
 * @throws LeadgateError `not-found` when the configuration names other sources only, or the slug can't be one.
 */
export function formSource(configuration: Configuration, slug: string): FormSource {
  const source = find(configuration, slug, UNNAMED_FORM);
  if (source.kind !== "form") throw unknownSource(`"${slug}" is a webhook source; post to /webhooks/${slug}.`);
  return source;
}

/** The webhook source of a slug; throws as `formSource` does. */
export function webhookSource(configuration: Configuration, slug: string): WebhookSource {
  const source = apiSource(configuration, slug);
  if (source.kind !== "webhook") throw unknownSource(`"${slug}" is a form source; post to /forms/${slug}.`);
  return source;
}

/** The source own code says it speaks for; throws as `formSource` does. `api` is always there. */
export function apiSource(configuration: Configuration, slug: string): SourceSettings {
  return slug === "api" && !configuration.sources?.has(slug)
    ? UNNAMED_WEBHOOK
    : find(configuration, slug, UNNAMED_WEBHOOK);
}

function find(configuration: Configuration, slug: string, unnamed: SourceSettings): SourceSettings {
  if (!SOURCE_SLUG.test(slug)) {
    throw unknownSource("A source is named with a to z, 0 to 9 and -, at most 64 characters.");
  }
  const source = configuration.sources === undefined ? unnamed : configuration.sources.get(slug);
  if (source === undefined)
    throw unknownSource("No such source is configured; name it under `sources`, or correct the address.");
  return source;
}

function unknownSource(message: string): LeadgateError {
  return new LeadgateError("not-found", message, { faults: [{ path: "source", message }] });
}

function compileAt(file: ConfigurationFile, path: string, text: string, variables: readonly string[]) {
  try {
    return compileCondition(text, variables);
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    throw faultAt(file, path, error.publicMessage);
  }
}

type WithoutUndefined<T> = { [K in keyof T]: Exclude<T[K], undefined> };
function withoutUndefined<T extends object>(object: T): WithoutUndefined<T> {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as WithoutUndefined<T>;
}
