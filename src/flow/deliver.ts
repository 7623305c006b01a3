import type { Clock } from "../base/clock.ts";
import { inSpan } from "../base/trace.ts";
import type { Database } from "../store/client.ts";
import { type DueMessage, lockDue, type SettledMessage, settle } from "../store/outbox.ts";
import { inTransaction } from "../store/transaction.ts";
import {
  type ComposeDeps,
  type Contexts,
  dynamicDataOf,
  dynamicTemplateOf,
  judge,
  readContexts,
  render,
} from "./compose.ts";

export interface DeliverDeps extends ComposeDeps {
  readonly database: Database;
  readonly clock: Clock;
  /** `preview` renders and keeps; `shadow` records only. Neither calls anybody: `send.ts` does. */
  readonly mode: "preview" | "shadow";
}

/** Follow-ups taken at once. */
const BATCH = 50;

/**
 * Settles follow-ups that are due.
 *
 * Neither mode calls anybody, so locking, rendering and settling are one transaction: a process killed in the middle
 * leaves the row queued, and another takes it.
 *
 * @returns how many were taken; fewer than a full batch means that no more are due.
 */
export function createDeliver(deps: DeliverDeps): () => Promise<{ taken: number; more: boolean }> {
  return () =>
    inTransaction(deps.database, async (db) => {
      const now = deps.clock.now();
      const due = await lockDue(db, now, { limit: BATCH });
      if (due.length === 0) return { taken: 0, more: false };
      await inSpan("leadgate.deliver", { "leadgate.batch.size": due.length }, async () => {
        const contexts = await readContexts(db, due);
        const settled = due.map((message) => outcomeOf(deps, message, contexts));
        await settle(db, settled, now);
      });
      return { taken: due.length, more: due.length === BATCH };
    });
}

function outcomeOf(deps: DeliverDeps, message: DueMessage, contexts: Contexts): SettledMessage {
  const judged = judge(deps, message, contexts);
  const { reason } = judged;
  const nothing = { id: message.id, reason, subject: null, html: null, text: null };
  if (!judged.goes) return { ...nothing, status: judged.status };
  if (deps.mode === "shadow") return { ...nothing, status: "shadowed" };
  const dynamicTemplate = dynamicTemplateOf(message.template);
  if (dynamicTemplate !== undefined) {
    const text = JSON.stringify({ template: message.template, ...dynamicDataOf(judged.context) });
    return { ...nothing, status: "previewed", text };
  }
  const rendered = render(deps, message, judged.context);
  if ("fault" in rendered) return { ...nothing, status: "failed", reason: rendered.fault };
  const { subject, html, text } = rendered;
  return { ...nothing, status: "previewed", subject, html, text };
}
