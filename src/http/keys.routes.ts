import { Router } from "express";
import { z } from "zod";
import { type Keys, SCOPES } from "../flow/keys.ts";
import { requireScope } from "./auth.ts";
import { rawBody } from "./body.ts";
import { readCursor } from "./cursor.ts";
import { sendList } from "./leads.routes.ts";
import { parseFields } from "./parse-fields.ts";
import { NO_QUERY, PageQuery, parseId, parseQuery } from "./parse-query.ts";

const NAME = "must be text that says who uses the key, 1 to 100 characters";
const SCOPE_LIST = `must be a list of one or more of ${SCOPES.join(", ")}`;

/** A key that is asked for. */
export const NewKey = z.strictObject({
  name: z.string(NAME).trim().min(1, NAME).max(100, NAME),
  scopes: z.array(z.enum(SCOPES, `must be one of ${SCOPES.join(", ")}`), SCOPE_LIST).min(1, SCOPE_LIST),
});

/** API keys: made and revoked by those who may do everything, listed by all who may read. */
export const keyRoutes = ({ keys, bodyLimitBytes }: { keys: Keys; bodyLimitBytes: number }) =>
  Router()
    .post("/v1/keys", requireScope(keys, "admin"), rawBody(bodyLimitBytes), async (request, response) => {
      parseQuery(NO_QUERY, request);
      const created = await keys.create(await parseFields(NewKey, request));
      // The one answer that holds a secret: nothing on the way may keep it (RFC 9111, section 5.2.2.5).
      response.set("Cache-Control", "no-store").status(201).json(created);
    })
    .get("/v1/keys", requireScope(keys, "read"), async (request, response) => {
      const { cursor, limit } = parseQuery(PageQuery, request);
      sendList(request, response, "keys", await keys.list({ limit, after: readCursor("keys", cursor) }));
    })
    .delete("/v1/keys/:id", requireScope(keys, "admin"), async (request, response) => {
      await keys.revoke(parseId(request));
      response.status(204).end();
    });
