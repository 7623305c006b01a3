import { Router } from "express";
import { z } from "zod";
import type { Log } from "../base/log.ts";
import type { Configuration } from "../flow/configuration.ts";
import type { Export } from "../flow/export.ts";
import type { Keys } from "../flow/keys.ts";
import type { LeadView } from "../flow/lead-view.ts";
import { requireScope } from "./auth.ts";
import { csvHeader, csvLines } from "./lead-csv.ts";
import { LeadFilter, leadQuery } from "./leads.routes.ts";
import { parseQuery } from "./parse-query.ts";
import { sendStream } from "./send-stream.ts";

const { cursor: _cursor, limit: _limit, ...filters } = LeadFilter;

/** What an export of leads takes. */
export const LeadExport = {
  ...filters,
  // The time of a lead's creation never moves, so that nobody who writes meanwhile is left out or told of twice.
  sort: filters.sort.unwrap().default("createdAt"),
  format: z.enum(["csv", "ndjson"], "must be csv or ndjson").default("csv"),
};

/** What an export of submissions takes. */
export const SubmissionExport = { format: z.enum(["ndjson"], "must be ndjson").default("ndjson") };

export interface ExportRouteDeps {
  readonly keys: Keys;
  readonly exports: Export;
  readonly configuration: () => Configuration;
  readonly now: () => Date;
  readonly log: Log;
}

/** All leads at once, and all that was ever sent. Goes before `/v1/leads/:id`. */
export const exportRoutes = ({ keys, exports, configuration, now, log }: ExportRouteDeps) =>
  Router()
    .get("/v1/leads/export", requireScope(keys, "read"), async (request, response) => {
      const { format, ...filter } = parseQuery(LeadExport, request);
      const pages = exports.leads(leadQuery(filter, configuration()));
      const name = `leads-${now().toISOString().slice(0, 10)}.${format}`;
      const file =
        format === "csv"
          ? { contentType: "text/csv; charset=utf-8; header=present", name, chunks: csv(pages) }
          : { contentType: "application/x-ndjson", name, chunks: ndjson(pages) };
      await sendStream(request, response, file, log);
    })
    .get("/v1/submissions/export", requireScope(keys, "admin"), async (request, response) => {
      parseQuery(SubmissionExport, request);
      const name = `submissions-${now().toISOString().slice(0, 10)}.ndjson`;
      const file = { contentType: "application/x-ndjson", name, chunks: ndjson(exports.submissions()) };
      await sendStream(request, response, file, log);
    });

async function* csv(pages: AsyncGenerator<readonly LeadView[]>): AsyncGenerator<string> {
  let lines = csvHeader();
  for await (const leads of pages) {
    yield lines + csvLines(leads);
    lines = "";
  }
  if (lines !== "") yield lines;
}

async function* ndjson(pages: AsyncGenerator<readonly object[]>): AsyncGenerator<string> {
  for await (const items of pages) yield items.map((item) => `${JSON.stringify(item)}\n`).join("");
}
