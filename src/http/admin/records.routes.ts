import { Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../../base/errors.ts";
import type { Configuration } from "../../flow/configuration.ts";
import type { Keys } from "../../flow/keys.ts";
import type { Overview } from "../../flow/overview.ts";
import type { Quarantine } from "../../flow/quarantine.ts";
import type { Query } from "../../flow/query.ts";
import type { AcceptResult, Submission } from "../../flow/submission.ts";
import { requireScope } from "../auth.ts";
import { rawBody } from "../body.ts";
import { parseFields } from "../parse-fields.ts";
import { parseId, parseQuery } from "../parse-query.ts";
import { readAgain, retryEntry } from "../quarantine.routes.ts";
import { Mapping, mappingLines, toldReading } from "./mapping.ts";
import { sendPreview } from "./preview.ts";

export interface RecordRouteDeps {
  readonly keys: Keys;
  readonly overview: Overview;
  readonly query: Query;
  readonly quarantine: Quarantine;
  readonly configuration: () => Configuration;
  readonly acceptOne: (submission: Submission) => Promise<AcceptResult>;
  readonly bodyLimitBytes: number;
}

const DAYS = "must be 1, 7 or 30";
const OFFSET = "must be minutes from -840 to 840";
const SeriesQuery = {
  days: z.enum(["1", "7", "30"], DAYS).default("7"),
  offset: z
    .string(OFFSET)
    .regex(/^-?\d{1,3}$/, OFFSET)
    .transform(Number)
    .refine((minutes) => Math.abs(minutes) <= 840, OFFSET)
    .default(0),
};

const IDS = "must be 1 to 200 ids of leads, with commas between them";
const NamesQuery = {
  ids: z
    .string(IDS)
    .transform((text) => text.split(","))
    .pipe(z.array(z.uuid(IDS)).max(200, IDS)),
};

const Trial = z.strictObject({ map: Mapping });

/** What the page shows of leads, mails and quarantine beyond `/v1`. */
export function adminRecordRoutes(deps: RecordRouteDeps): Router {
  const { keys, overview, query, quarantine, configuration, acceptOne } = deps;
  const body = rawBody(deps.bodyLimitBytes);
  return Router()
    .get("/admin/api/overview", async (request, response) => {
      const { days, offset } = parseQuery(SeriesQuery, request);
      response.json(await overview.series(Number(days) as 1 | 7 | 30, offset));
    })
    .get("/admin/api/names", async (request, response) => {
      const { ids } = parseQuery(NamesQuery, request);
      response.json({ data: await overview.names(ids) });
    })
    .get("/admin/api/messages/:id/preview", async (request, response) => {
      const { html } = await query.message(parseId(request));
      if (html === null) throw new LeadgateError("not-found", "This mail is not rendered yet.");
      sendPreview(response, html);
    })
    .post("/admin/api/quarantine/:id/try", body, async (request, response) => {
      const { map } = await parseFields(Trial, request);
      const entry = await quarantine.entry(parseId(request));
      const told = toldReading(() => readAgain(entry, configuration(), map));
      response.json({ ...told, lines: mappingLines(entry.source, map) });
    })
    .post("/admin/api/quarantine/:id/retry", requireScope(keys, "admin"), body, async (request, response) => {
      const { map } = await parseFields(Trial, request);
      const entry = await quarantine.entry(parseId(request));
      const result = await retryEntry({ quarantine, acceptOne }, entry, configuration(), map);
      response.status(200).type("json").send(result.body);
    });
}
