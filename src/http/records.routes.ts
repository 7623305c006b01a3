import { Router } from "express";
import { z } from "zod";
import type { Keys } from "../flow/keys.ts";
import type { Query } from "../flow/query.ts";
import { MESSAGE_STATUSES } from "../lead/message-states.ts";
import { authorise, requireScope } from "./auth.ts";
import { readCursor } from "./cursor.ts";
import { sendList } from "./leads.routes.ts";
import { PageQuery, parseId, parseQuery, QueryText } from "./parse-query.ts";

/** What `GET /v1/messages` takes. */
export const MessageFilter = {
  ...PageQuery,
  status: z.enum(MESSAGE_STATUSES, `must be one of ${MESSAGE_STATUSES.join(", ")}`).optional(),
  template: QueryText,
  leadId: z.uuid("must be the id of a lead").optional(),
};

const QuarantineFilter = { ...PageQuery, source: QueryText };

/** Follow-ups, what was set aside, statistics, and who is asking. */
export const recordRoutes = ({ keys, query }: { keys: Keys; query: Query }) =>
  Router()
    .get("/v1/messages", requireScope(keys, "read"), async (request, response) => {
      const { cursor, ...filter } = parseQuery(MessageFilter, request);
      const page = await query.messages({ ...filter, after: readCursor("messages", cursor) });
      sendList(request, response, "messages", page);
    })
    .get("/v1/messages/:id", requireScope(keys, "read"), async (request, response) => {
      response.json(await query.message(parseId(request)));
    })
    .get("/v1/quarantine", requireScope(keys, "read"), async (request, response) => {
      const { cursor, ...filter } = parseQuery(QuarantineFilter, request);
      const page = await query.quarantine({ ...filter, after: readCursor("quarantine", cursor) });
      sendList(request, response, "quarantine", page);
    })
    .get("/v1/stats", requireScope(keys, "read"), async (_request, response) => {
      response.json(await query.stats());
    })
    .get("/v1/me", async (request, response) => {
      const { name, scopes } = await authorise(request, keys);
      response.json({ name, scopes });
    });
