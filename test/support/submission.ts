import type { Submission } from "../../src/flow/submission.ts";
import { contentKeyOf, identify } from "../../src/lead/identity.ts";
import { normalise, toPayload } from "../../src/lead/normalise.ts";
import type { Recognised } from "../../src/lead/types.ts";

/** A submission of source `api` by what it says, for tests that call the flow itself. */
export function submissionOf(said: Partial<Recognised>, idempotencyKey?: string): Submission {
  const recognised: Recognised = { sender: "canonical", attributes: {}, ...said };
  const contribution = normalise(recognised, { foldPlus: false, foldGmailDots: false });
  const payload = toPayload(recognised);
  return {
    source: "api",
    identity: identify({ idempotencyKey }, payload, contentKeyOf("api", contribution, recognised)),
    said: contribution,
    occurredAt: recognised.occurredAt,
    payload,
    followUps: true,
    dedupeWindowMs: 86_400_000,
  };
}
