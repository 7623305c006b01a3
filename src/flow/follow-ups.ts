import { uuidV7 } from "../base/ids.ts";
import type { Decision } from "../lead/rules.ts";
import type { NewDecision, NewMessage } from "../store/intake.ts";
import type { FollowUpAnswer } from "./submission.ts";

/** The lead and moment a set of decisions is about. */
export interface GateContext {
  readonly leadId: string;
  /** What it is about: this, or the event. */
  readonly submissionId: string | null;
  readonly eventId: string | null;
  readonly suppressed: boolean;
  readonly consent: boolean | null;
  readonly now: Date;
  /** How the submission came in; null for none of its own. */
  readonly channel: string | null;
  /** Why nothing may be queued for it at all, where that is so. */
  readonly held?: string | undefined;
  /** Status by template of the mails this lead already has a row for. */
  readonly standing: Map<string, string>;
}

export interface Gated {
  readonly answers: FollowUpAnswer[];
  readonly messages: NewMessage[];
  readonly decisions: NewDecision[];
}

/**
 * Turns what the rules said into gate rows, answers, and decisions to keep. A lead gets a template once; templates
 * queued here are added to `standing`, so that the next submission of the same batch finds them.
 */
export function gate(decisions: readonly Decision[], context: GateContext): Gated {
  const gated: Gated = { answers: [], messages: [], decisions: [] };
  for (const decision of decisions) {
    if (decision.verdict === "matched" && context.held !== undefined) {
      gated.decisions.push({ ...record(decision, undefined, context), verdict: "held", reason: context.held });
      continue;
    }
    const answer = decision.verdict === "matched" ? answerTo(decision, context) : undefined;
    gated.decisions.push(record(decision, answer, context));
    if (answer === undefined) continue;
    gated.answers.push(answer);
    if (answer.status !== "queued") continue;
    gated.messages.push(messageFor(decision, context));
    context.standing.set(decision.template, "queued");
  }
  return gated;
}

function answerTo(decision: Decision, { suppressed, consent, standing }: GateContext): FollowUpAnswer {
  const { template, to, requireConsent } = decision;
  const messageStatus = standing.get(template);
  if (messageStatus !== undefined) return { template, status: "already-sent", messageStatus };
  // Mail to the team goes to an address of its own, which the lead's wishes say nothing about.
  if (suppressed && to === undefined) return { template, status: "suppressed" };
  if (requireConsent && consent !== true) return { template, status: "no-consent" };
  return { template, status: "queued" };
}

function messageFor(decision: Decision, { leadId, submissionId, eventId, channel, now }: GateContext): NewMessage {
  return {
    id: uuidV7(now.getTime()),
    leadId,
    template: decision.template,
    rule: decision.rule,
    submissionId,
    eventId,
    channel,
    toAddress: decision.to ?? null,
    dueAt: new Date(now.getTime() + decision.dueInMs),
    createdAt: now,
  };
}

function record(decision: Decision, answer: FollowUpAnswer | undefined, context: GateContext): NewDecision {
  return {
    id: uuidV7(context.now.getTime()),
    leadId: context.leadId,
    submissionId: context.submissionId,
    eventId: context.eventId,
    rule: decision.rule,
    template: decision.template,
    verdict: answer?.status ?? decision.verdict,
    reason: decision.reason ?? null,
    decidedAt: context.now,
  };
}
