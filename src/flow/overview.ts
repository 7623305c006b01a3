import type { Clock } from "../base/clock.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Database } from "../store/client.ts";
import { readQueues } from "../store/gauges.ts";
import type { MailPause } from "../store/mail-pauses.ts";
import { findLeadNames, findSeenSources } from "../store/names.ts";
import {
  countLeadsBySteps,
  countMessagesBySteps,
  countSubmissionsBySteps,
  findOldestQueued,
  type Step,
  type Steps,
} from "../store/overview.ts";
import { withDatabase } from "../store/transaction.ts";
import type { Query } from "./query.ts";

/** How finely each span is told: hours of a day, quarters of the days of a week, days of a month. */
const STEP_SECONDS = { 1: 3_600, 7: 6 * 3_600, 30: 24 * 3_600 } as const;
export type Days = keyof typeof STEP_SECONDS;

/** An id is made before its submission is received: at the latest this much, when the writers wait for each other. */
const ID_MARGIN_MS = 3_600_000;

/** Sources told at most; with no configuration anybody can make up new ones. */
const MAX_SOURCES = 200;

export type Overview = ReturnType<typeof createOverview>;

/** How things stand and how they went, for people. */
export function createOverview(deps: {
  readonly database: Database;
  readonly clock: Clock;
  readonly query: Query;
  readonly pause: () => Promise<MailPause | null>;
}) {
  const { clock, query, pause } = deps;
  const { prisma } = deps.database;
  return {
    /** How many of everything there are now, and what waits. */
    async summary() {
      const stats = await query.stats();
      const queues = await withDatabase(() => readQueues(prisma, clock.now()));
      const oldestQueuedAt = await withDatabase(() => findOldestQueued(prisma));
      return {
        ...stats,
        oldestQueuedAt: oldestQueuedAt?.toISOString() ?? null,
        mailDueSince: queues.mailDueSince?.toISOString() ?? null,
        hooksPending: queues.hooksPending,
        pause: pauseView(await pause()),
      };
    },
    /**
     * How many came in each step of the last days.
     *
     * @param offsetMinutes how far the viewer's clocks are ahead of UTC, so that days begin at their midnight.
     */
    async series(days: Days, offsetMinutes: number) {
      const steps = stepsOf(days, offsetMinutes, clock.now());
      const idFrom = firstIdAt(steps.from.getTime() - ID_MARGIN_MS);
      const leads = await withDatabase(() => countLeadsBySteps(prisma, steps));
      const submissions = await withDatabase(() => countSubmissionsBySteps(prisma, steps, idFrom));
      const messages = await withDatabase(() => countMessagesBySteps(prisma, steps));
      const statuses = [...new Set(messages.map(({ status }) => status))].sort();
      const of = (rows: readonly Step[]) => filled(steps, rows);
      return {
        from: steps.from.toISOString(),
        stepSeconds: steps.stepSeconds,
        leads: of(leads),
        submissions: of(submissions),
        /** Counted at the submission that was sent again: when it was is not kept. */
        replays: of(submissions.map(({ at, replays }) => ({ at, count: replays }))),
        messages: Object.fromEntries(
          statuses.map((name) => [name, of(messages.filter(({ status }) => status === name))]),
        ),
      };
    },
    /** Who some leads are. */
    names: (ids: readonly string[]) => withDatabase(() => findLeadNames(prisma, ids)),
    /** Which sources leads came by, and when each last brought a new one. */
    seenSources: () => withDatabase(() => findSeenSources(prisma, MAX_SOURCES)),
  };
}

interface BoundedSteps extends Steps {
  readonly count: number;
}

/** The steps that end with the one the viewer is in. */
function stepsOf(days: Days, offsetMinutes: number, now: Date): BoundedSteps {
  const stepSeconds = STEP_SECONDS[days];
  const stepMs = stepSeconds * 1_000;
  const count = (days * 86_400) / stepSeconds;
  const offsetMs = offsetMinutes * 60_000;
  const current = Math.floor((now.getTime() + offsetMs) / stepMs) * stepMs - offsetMs;
  return { from: new Date(current - (count - 1) * stepMs), stepSeconds, count };
}

function filled({ from, stepSeconds, count }: BoundedSteps, rows: readonly Step[]): number[] {
  const counts = new Array<number>(count).fill(0);
  for (const row of rows) {
    const index = Math.round((row.at.getTime() - from.getTime()) / (stepSeconds * 1_000));
    // Clocks of other processes may be ahead: what is of the next step is told in the last one.
    const place = Math.min(index, count - 1);
    if (place >= 0) counts[place] = counts[place]! + row.count;
  }
  return counts;
}

/** The least UUIDv7 of a moment: ids made later sort after it. */
function firstIdAt(ms: number): string {
  return `${uuidV7(Math.max(0, ms)).slice(0, 15)}000-8000-000000000000`;
}

function pauseView(pause: MailPause | null) {
  if (pause === null) return null;
  const { reason, since, probeAt } = pause;
  return { reason, since: since.toISOString(), probeAt: probeAt.toISOString() };
}
