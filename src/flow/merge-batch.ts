import { groupBy } from "../base/group-by.ts";
import { uuidV7 } from "../base/ids.ts";
import { firstState, type Merged, merge } from "../lead/merge.ts";
import { decide, type Rule, type Trigger } from "../lead/rules.ts";
import type { Stamp } from "../lead/stamps.ts";
import type { JsonObject } from "../lead/types.ts";
import type { NewEvent } from "../store/events.ts";
import type { NewChange, NewDecision, NewMessage } from "../store/intake.ts";
import { type LeadRecord, type LockedLead, newLead, stateOf, withState } from "../store/leads.ts";
import type { NewSubmission } from "../store/submissions.ts";
import { gate } from "./follow-ups.ts";
import type { LeadEvent } from "./hook-events.ts";
import { leadView } from "./lead-view.ts";
import type { Accepted, EventDetails, FollowUpAnswer, Outcome, Submission } from "./submission.ts";

/** A submission that is to be claimed under this id and identity. */
export interface FreshSubmission extends Submission {
  /** Its place in the batch. */
  readonly index: number;
  readonly id: string;
  readonly fullIdentity: string;
  /** See `Claim`. */
  readonly unrepeated: boolean;
  readonly follows: boolean;
}

/** A moment further ahead than this is a clock gone wrong, and counts as the time of acceptance. */
const MAX_AHEAD_MS = 5 * 60_000;
/** So does one before it: a date left blank by its sender, and years that PostgreSQL can't read. */
const EARLIEST_MS = Date.UTC(1900, 0);

/** One submission merged into its lead. */
interface Step {
  readonly submission: FreshSubmission;
  readonly outcome: Outcome;
  readonly changes: Merged["changes"];
  /** The lead as it stands after this step. */
  readonly lead: LeadRecord;
  readonly receivedAt: Date;
  readonly occurredAt: Date;
}

export interface BatchOptions {
  readonly formsHeld?: string | undefined;
  readonly isUnwanted?: ((email: string) => boolean) | undefined;
}

/** Computes what one batch writes, without any I/O: merged leads, claims, gate rows, decisions and answers. */
export class BatchMerge {
  readonly write = {
    leads: [] as LeadRecord[],
    submissions: [] as NewSubmission[],
    events: [] as NewEvent[],
    messages: [] as NewMessage[],
    decisions: [] as NewDecision[],
    changes: [] as NewChange[],
  };
  readonly answers = new Map<number, Accepted>();
  /** What hooks are to be told. */
  readonly leadEvents: LeadEvent[] = [];
  readonly #byPerson: ReadonlyMap<string, readonly FreshSubmission[]>;
  readonly #asNew: ReadonlyMap<string, readonly Step[]>;
  readonly #rules: readonly Rule[];

  /** @param options why forms may queue no mail, where that is so, and which addresses of new leads want none. */
  constructor(
    fresh: readonly FreshSubmission[],
    rules: readonly Rule[],
    private readonly now: Date,
    private readonly options: BatchOptions = {},
  ) {
    this.#rules = rules;
    this.#byPerson = groupBy(fresh, ({ said }) => said.email);
    this.#asNew = new Map([...this.#byPerson].map(([email, items]) => [email, this.#stepsAsNew(email, items)]));
  }

  /** Each person's lead as it is to stand if it is new. */
  candidates(): LeadRecord[] {
    return [...this.#asNew.values()].map((steps) => steps.at(-1)!.lead);
  }

  /**
   * Merges into the leads as they were found under their locks, and fills `write` and `answers`.
   *
   * @param standing the mails these leads already have a row for.
   */
  merge(
    locked: readonly LockedLead[],
    standing: readonly { readonly leadId: string; readonly template: string; readonly status: string }[],
  ): void {
    const byLead = groupBy(standing, ({ leadId }) => leadId);
    for (const { lead, created } of locked) {
      const steps = created ? this.#asNew.get(lead.email)! : stepsFor(lead, this.#byPerson.get(lead.email)!, this.now);
      if (!created) this.write.leads.push(steps.at(-1)!.lead);
      const messages = new Map(byLead.get(lead.id)?.map(({ template, status }) => [template, status]));
      for (const step of steps) this.#record(step, messages);
    }
  }

  #stepsAsNew(email: string, items: readonly FreshSubmission[]): Step[] {
    const suppressed = this.options.isUnwanted?.(email) ?? false;
    return stepsFor(undefined, items, this.now).map((step) => ({ ...step, lead: { ...step.lead, suppressed } }));
  }

  #record(step: Step, standing: Map<string, string>): void {
    const followUps = this.#followUps(step, standing);
    const { submission, lead, outcome } = step;
    if (outcome === "updated") this.write.changes.push(changeOf(step));
    if (outcome === "created" || outcome === "updated") {
      this.leadEvents.push({ event: `lead.${outcome}`, cause: submission.id, lead, at: step.receivedAt });
    }
    if (submission.event !== undefined) {
      this.#count(step, submission.event, followUps);
      return;
    }
    const body = JSON.stringify({ id: lead.id, submissionId: submission.id, outcome, email: lead.email, followUps });
    this.answers.set(submission.index, { submissionId: submission.id, outcome, replayed: false, body });
    this.write.submissions.push({
      id: submission.id,
      leadId: lead.id,
      source: submission.source,
      identity: submission.fullIdentity,
      contentHash: submission.identity.contentHash,
      payload: submission.payload,
      outcome,
      answer: body,
      occurredAt: step.occurredAt,
      receivedAt: step.receivedAt,
    });
  }

  #count(step: Step, event: EventDetails, followUps: readonly FollowUpAnswer[]): void {
    const { submission, lead } = step;
    const { id } = submission;
    const { id: eventId, ...details } = event;
    const answer = JSON.stringify({ id, eventId, leadId: lead.id, outcome: "counted", followUps });
    this.answers.set(submission.index, { submissionId: id, outcome: "counted", replayed: false, body: answer });
    const { occurredAt, receivedAt } = step;
    this.write.events.push({
      ...{ id, leadId: lead.id, source: submission.source, eventId, ...details },
      ...{ answer, occurredAt, receivedAt },
    });
  }

  #followUps(step: Step, standing: Map<string, string>): FollowUpAnswer[] {
    const { submission, lead } = step;
    if (!submission.followUps) return [];
    const { event, source, payload } = submission;
    const occurredAt = step.occurredAt.toISOString();
    const decisions = decide(this.#rules, {
      triggers: submission.triggers ?? triggersOf(step),
      // A click on a link comes from no source of its own: rules ask where the lead came from.
      source: submission.triggers === undefined ? source : lead.source,
      lead: leadView(lead),
      submission: event === undefined ? { ...payload, source, occurredAt } : null,
      event: event === undefined ? null : { ...event, source, occurredAt },
    });
    const gated = gate(decisions, {
      leadId: lead.id,
      submissionId: event === undefined ? submission.id : null,
      eventId: event === undefined ? null : submission.id,
      suppressed: lead.suppressed,
      consent: lead.consent,
      now: step.receivedAt,
      channel: submission.channel ?? null,
      held: submission.channel === "form" ? this.options.formsHeld : undefined,
      standing,
    });
    this.write.messages.push(...gated.messages);
    this.write.decisions.push(...gated.decisions);
    return gated.answers;
  }
}

/** Merges one person's submissions in the order they came, into a stored lead or into a new one. */
function stepsFor(stored: LeadRecord | undefined, submissions: readonly FreshSubmission[], now: Date): Step[] {
  const steps: Step[] = [];
  for (const submission of submissions) steps.push(stepOn(steps.at(-1)?.lead ?? stored, submission, now));
  return steps;
}

function stepOn(lead: LeadRecord | undefined, submission: FreshSubmission, now: Date): Step {
  // Strictly later than the lead's last, so that submissions without a time of their own keep their order. What waited
  // in the spool was given its time when it came in.
  const last = lead?.lastSubmissionAt.getTime() ?? 0;
  const receivedAt = submission.arrivedAt ?? new Date(Math.max(now.getTime(), last + 1));
  const occurredAt = credible(submission.occurredAt, submission.arrivedAt ?? now) ?? receivedAt;
  const stamp: Stamp = {
    at: occurredAt.getTime(),
    source: submission.source,
    identity: submission.identity.value,
  };
  const merged = lead === undefined ? undefined : merge(stateOf(lead), submission.said, stamp);
  const outcome = merged?.outcome ?? "created";
  const before =
    lead ?? newLead(uuidV7(now.getTime()), submission.said.email, firstState(submission.said, stamp), receivedAt);
  const isEvent = submission.event !== undefined;
  const isChange = outcome === "created" || outcome === "updated";
  const after = merged === undefined ? before : withState(before, merged.state);
  return {
    submission,
    outcome,
    changes: merged?.changes ?? [],
    lead: {
      ...after,
      submissionCount: before.submissionCount + (isEvent ? 0 : 1),
      version: lead === undefined ? 1 : before.version + 1,
      // A change is of now, whenever it was sent: who asks for what was updated since must see it.
      updatedAt: isChange ? new Date(Math.max(receivedAt.getTime(), now.getTime())) : before.updatedAt,
      lastSubmissionAt: isEvent ? before.lastSubmissionAt : new Date(Math.max(last, receivedAt.getTime())),
    },
    receivedAt,
    occurredAt,
  };
}

function credible(occurredAt: Date | undefined, now: Date): Date | undefined {
  const at = occurredAt?.getTime() ?? Number.NaN;
  return at >= EARLIEST_MS && at <= now.getTime() + MAX_AHEAD_MS ? occurredAt : undefined;
}

function triggersOf({ submission, outcome }: Step): Trigger[] {
  if (submission.event !== undefined) return [`event:${submission.event.type}`];
  if (outcome === "created") return ["submission", "lead.created"];
  return outcome === "updated" ? ["submission", "lead.updated"] : ["submission"];
}

function changeOf({ submission, lead, changes, receivedAt }: Step): NewChange {
  const entries = changes.map(([name, from, to]): [string, JsonObject] => [name, { from, to }]);
  return {
    id: uuidV7(receivedAt.getTime()),
    leadId: lead.id,
    actor: `${submission.event === undefined ? "submission" : "event"} ${submission.id}`,
    changes: Object.fromEntries(entries),
    changedAt: receivedAt,
  };
}
