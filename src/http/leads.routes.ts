import { type Request, type Response, Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";
import type { Configuration } from "../flow/configuration.ts";
import type { Keys } from "../flow/keys.ts";
import { leadView } from "../flow/lead-view.ts";
import type { Page } from "../flow/page.ts";
import type { Query } from "../flow/query.ts";
import { foldEmail, toEmailKey } from "../lead/email.ts";
import { TIMELINE_TYPES, type TimelineType } from "../store/timeline.ts";
import { requireScope } from "./auth.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import { answerNotModified, etagOf } from "./etag.ts";
import { PageQuery, parseId, parseQuery, QueryText, QueryTime } from "./parse-query.ts";
import { STATUSES } from "./read-patch.ts";

const SORTS = ["createdAt", "-createdAt", "updatedAt", "-updatedAt"] as const;

/** What `GET /v1/leads` takes. */
export const LeadFilter = {
  ...PageQuery,
  email: QueryText,
  q: QueryText,
  source: QueryText,
  status: z.enum(STATUSES, `must be one of ${STATUSES.join(", ")}`).optional(),
  createdAfter: QueryTime.optional(),
  createdBefore: QueryTime.optional(),
  updatedAfter: QueryTime.optional(),
  updatedBefore: QueryTime.optional(),
  sort: z.enum(SORTS, `must be one of ${SORTS.join(", ")}`).default("-updatedAt"),
};

/** What a timeline takes. */
export const TimelineFilter = {
  ...PageQuery,
  type: z
    .union([z.string(), z.array(z.string())])
    .transform((given) => [given].flat().flatMap((text) => text.split(",")))
    .transform((names) => names.map((name) => name.trim().replace(/s$/, "")))
    .pipe(z.array(z.enum(TIMELINE_TYPES, `must name some of ${TIMELINE_TYPES.join(", ")}`)))
    .optional(),
};

export interface LeadRouteDeps {
  readonly keys: Keys;
  readonly query: Query;
  readonly configuration: () => Configuration;
}

export const leadRoutes = ({ keys, query, configuration }: LeadRouteDeps) =>
  Router()
    .get("/v1/leads", requireScope(keys, "read"), async (request, response) => {
      const { cursor, limit, ...filter } = parseQuery(LeadFilter, request);
      const list = `leads ${filter.sort}`;
      const after = readCursor(list, cursor);
      const page = await query.leads({ ...leadQuery(filter, configuration()), limit, after });
      sendList(request, response, list, page);
    })
    .get("/v1/leads/:id", requireScope(keys, "read"), async (request, response) => {
      const lead = await query.lead(parseId(request));
      if (!answerNotModified(request, response, etagOf(lead.version))) response.json(leadView(lead));
    })
    .get("/v1/leads/:id/timeline", requireScope(keys, "read"), async (request, response) => {
      const { cursor, limit, type } = parseQuery(TimelineFilter, request);
      const types: readonly TimelineType[] = type ?? TIMELINE_TYPES;
      const page = await query.timeline({
        leadId: parseId(request),
        limit,
        types,
        after: readCursor("timeline", cursor),
      });
      sendList(request, response, "timeline", page);
    });

/** What a query string asks for, but for the page. */
export function leadQuery<Filter extends { readonly sort: string; readonly email?: string | undefined }>(
  { sort, email, ...filter }: Filter,
  configuration: Configuration,
) {
  return {
    ...filter,
    email: email === undefined ? undefined : emailFilter(email, configuration),
    sortBy: sort.replace("-", "") as "createdAt" | "updatedAt",
    newestFirst: sort.startsWith("-"),
  };
}

/** The key of an address that is searched for, so that any way of writing it finds the lead. */
function emailFilter(text: string, { email: fold }: Configuration): string {
  try {
    return foldEmail(toEmailKey(text), fold);
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    throw new LeadgateError("malformed", `The query is wrong: email ${error.publicMessage}`, { faults: error.faults });
  }
}

/** Answers with a page, and with the address of the next one (RFC 8288). */
export function sendList(request: Request, response: Response, list: string, page: Page<unknown>): void {
  const nextCursor = writeCursor(list, page.next);
  if (nextCursor !== null) {
    const next = new URL(request.originalUrl, "http://localhost");
    next.searchParams.delete("key");
    next.searchParams.set("cursor", nextCursor);
    response.set("Link", `<${next.pathname}${next.search}>; rel="next"`);
  }
  response.json({ data: page.data, nextCursor });
}
