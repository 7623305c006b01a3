import { type Condition, toConditionValue } from "./condition.ts";

// A rule's conditions are compiled with these; they have a file of their own because of their length.
export { type Condition, compileCondition } from "./condition.ts";

/** What can set a follow-up rule off. */
export type Trigger = "submission" | "lead.created" | "lead.updated" | "lead.confirmed" | `event:${string}`;

/** The variables of a rule's `when`, evaluated at intake. */
export const WHEN_VARIABLES = ["lead", "submission", "event"] as const;
/** The variables of a rule's `unless`, evaluated when the mail falls due. */
export const UNLESS_VARIABLES = [...WHEN_VARIABLES, "events", "messages"] as const;

/** A follow-up of the configuration, ready to run. */
export interface Rule {
  readonly name: string;
  readonly on: Trigger;
  /** Only submissions of these sources; absent: of all. */
  readonly sources?: readonly string[];
  readonly when?: Condition;
  /** A template's name, or `sendgrid:d-…` for a dynamic template of SendGrid. */
  readonly template: string;
  readonly delayMs?: number;
  readonly unless?: Condition;
  readonly requireConsent: boolean;
  /** The team's address, for mail that does not go to the lead. */
  readonly to?: string;
}

/** What has just happened to one lead, as conditions see it. */
export interface Moment {
  readonly triggers: readonly Trigger[];
  readonly source: string;
  /** The lead as it stands after this submission, by the names of the query interface. */
  readonly lead: object | null;
  readonly submission: object | null;
  readonly event: object | null;
}

/** What one rule says at one moment. Each is stored; the matched ones go on to the mail gate. */
export interface Decision {
  readonly rule: string;
  readonly trigger: Trigger;
  readonly template: string;
  readonly verdict: "matched" | "no-match" | "other-source";
  /** Why not, for the person who wonders where the mail is. Absent when matched. */
  readonly reason?: string;
  readonly dueInMs: number;
  readonly requireConsent: boolean;
  readonly to?: string;
}

/** In force where the configuration has no `followUps`. */
export const DEFAULT_RULES: readonly Rule[] = [
  { name: "welcome", on: "submission", template: "welcome", requireConsent: false },
];

/**
 * Asks every rule that the moment sets off, in the order of the configuration.
 *
 * @returns a decision for each of them, matched or not; none for a rule that waits for something else.
 */
export function decide(rules: readonly Rule[], moment: Moment): Decision[] {
  const due = rules.filter((rule) => moment.triggers.includes(rule.on));
  const context = due.some((rule) => rule.when !== undefined) ? contextOf(moment) : {};
  return due.map((rule) => ({
    rule: rule.name,
    trigger: rule.on,
    template: rule.template,
    ...verdictOn(rule, moment.source, context),
    dueInMs: rule.delayMs ?? 0,
    requireConsent: rule.requireConsent,
    ...(rule.to !== undefined && { to: rule.to }),
  }));
}

/** The rule's `unless`, asked when the mail falls due. A fault does not cancel; it is told. */
export function isCancelled(
  rule: Rule | undefined,
  context: Readonly<Record<string, unknown>>,
): { readonly cancelled: boolean; readonly reason?: string } {
  const { matched, fault } = rule?.unless?.matches(context) ?? { matched: false };
  if (matched) return { cancelled: true, reason: `cancelled by its rule: ${rule?.unless?.source}` };
  return fault === undefined
    ? { cancelled: false }
    : { cancelled: false, reason: `unless could not be told: ${fault}` };
}

function contextOf({ lead, submission, event }: Moment): Record<string, unknown> {
  return { lead: toConditionValue(lead), submission: toConditionValue(submission), event: toConditionValue(event) };
}

function verdictOn(
  rule: Rule,
  source: string,
  context: Readonly<Record<string, unknown>>,
): Pick<Decision, "verdict" | "reason"> {
  if (rule.sources !== undefined && !rule.sources.includes(source)) {
    return { verdict: "other-source", reason: `the rule is for ${rule.sources.join(", ")}, this came by ${source}` };
  }
  if (rule.when === undefined) return { verdict: "matched" };
  const { matched, fault } = rule.when.matches(context);
  if (matched) return { verdict: "matched" };
  if (fault !== undefined) return { verdict: "no-match", reason: `the condition could not be told: ${fault}` };
  return { verdict: "no-match", reason: `not true: ${rule.when.source}` };
}
