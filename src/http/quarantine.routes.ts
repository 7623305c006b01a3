import { Router } from "express";
import { LeadgateError } from "../base/errors.ts";
import { apiSource, type Configuration } from "../flow/configuration.ts";
import type { Keys } from "../flow/keys.ts";
import type { Quarantine } from "../flow/quarantine.ts";
import { quarantineView } from "../flow/query.ts";
import type { Accepted, AcceptResult, Submission } from "../flow/submission.ts";
import { readRefusedIdentity } from "../lead/identity.ts";
import type { FieldMap } from "../lead/recognise.ts";
import type { JsonObject } from "../lead/types.ts";
import type { QuarantineRecord } from "../store/quarantine.ts";
import { requireScope } from "./auth.ts";
import { NO_QUERY, parseId, parseQuery } from "./parse-query.ts";
import { type Arrival, readSubmission } from "./read-submission.ts";

export interface QuarantineRouteDeps {
  readonly keys: Keys;
  readonly quarantine: Quarantine;
  readonly configuration: () => Configuration;
  readonly acceptOne: (submission: Submission) => Promise<AcceptResult>;
}

/** One request that was set aside, and reading it again once the mapping is mended. */
export const quarantineRoutes = ({ keys, quarantine, configuration, acceptOne }: QuarantineRouteDeps) =>
  Router()
    .get("/v1/quarantine/:id", requireScope(keys, "read"), async (request, response) => {
      response.json(quarantineView(await quarantine.entry(parseId(request))));
    })
    .post("/v1/quarantine/:id/retry", requireScope(keys, "admin"), async (request, response) => {
      parseQuery(NO_QUERY, request);
      const entry = await quarantine.entry(parseId(request));
      const result = await retryEntry({ quarantine, acceptOne }, entry, configuration());
      if (result.replayed) response.set("Idempotent-Replayed", "true");
      const isNew = result.outcome === "created" || result.outcome === "counted";
      response
        .status(isNew ? 201 : 200)
        .type("json")
        .send(result.body);
    });

/**
 * Takes a stored request in, unless that was done before.
 *
 * @param map used in place of its source's own.
 * @throws LeadgateError as `readAgain` does, and what the intake refuses it for.
 */
export async function retryEntry(
  { quarantine, acceptOne }: Pick<QuarantineRouteDeps, "quarantine" | "acceptOne">,
  entry: QuarantineRecord,
  configuration: Configuration,
  map?: FieldMap,
): Promise<Accepted> {
  const known = await quarantine.answerOf(entry);
  const result = known ?? (await acceptOne(readAgain(entry, configuration, map)));
  if (result instanceof LeadgateError) throw result;
  if (known === undefined) await quarantine.settle(entry, result.submissionId);
  return result;
}

/**
 * Reads a stored request as if it had just come in, with today's configuration. Its identity stays that of the first
 * reading, so that its sender's own retry is a replay; it happened when it arrived, unless it says otherwise.
 *
 * @param map used in place of its source's own.
 * @throws LeadgateError `invalid-email` when there is still no usable address in it.
 */
export function readAgain(entry: QuarantineRecord, configuration: Configuration, map?: FieldMap): Submission {
  const arrival = arrivalOf(entry, configuration);
  const reading = readSubmission(entry.payload as JsonObject, map === undefined ? arrival : { ...arrival, map });
  if (reading.kind === "aside") {
    throw reading.error ?? new LeadgateError("invalid-field", `It makes no lead: ${reading.aside.reason}.`);
  }
  const { submission } = reading;
  return {
    ...submission,
    identity: readRefusedIdentity(entry.identity) ?? submission.identity,
    occurredAt: submission.occurredAt ?? entry.receivedAt,
  };
}

function arrivalOf({ channel, source, contentType }: QuarantineRecord, configuration: Configuration): Arrival {
  const settings = apiSource(configuration, source);
  return {
    channel: channel as Arrival["channel"],
    source,
    headers: { "content-type": contentType },
    map: settings.map,
    dedupeWindowMs: settings.dedupeWindowMs,
    dedupeWindowOf: (slug) => apiSource(configuration, slug).dedupeWindowMs,
    fold: configuration.email,
    followUps: true,
    idempotencyKey: undefined,
    webhookId: undefined,
    ...(settings.kind === "form" && { honeypot: settings.honeypot }),
  };
}
