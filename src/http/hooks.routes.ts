import { Router } from "express";
import { z } from "zod";
import { HOOK_EVENTS } from "../flow/hook-events.ts";
import type { Hooks } from "../flow/hooks.ts";
import type { Keys } from "../flow/keys.ts";
import { requireScope } from "./auth.ts";
import { rawBody } from "./body.ts";
import { readCursor } from "./cursor.ts";
import { sendList } from "./leads.routes.ts";
import { parseFields } from "./parse-fields.ts";
import { NO_QUERY, PageQuery, parseId, parseQuery } from "./parse-query.ts";

const EVENTS = `must be an array with one or more of ${HOOK_EVENTS.join(", ")}`;

/** What `POST /v1/hooks` takes. */
export const NewHook = z.strictObject({
  url: z.string("must be a URL such as https://hooks.example.com/leads"),
  events: z.array(z.enum(HOOK_EVENTS, EVENTS), EVENTS).min(1, EVENTS).max(20, EVENTS),
});

export interface HookRouteDeps {
  readonly keys: Keys;
  readonly hooks: Hooks;
  readonly bodyLimitBytes: number;
}

/** REST hooks: programs subscribe and unsubscribe by themselves. */
export const hookRoutes = ({ keys, hooks, bodyLimitBytes }: HookRouteDeps) =>
  Router()
    .post("/v1/hooks", requireScope(keys, "admin"), rawBody(bodyLimitBytes), async (request, response) => {
      parseQuery(NO_QUERY, request);
      response.status(201).json(await hooks.register(await parseFields(NewHook, request)));
    })
    .get("/v1/hooks", requireScope(keys, "read"), async (request, response) => {
      const { cursor, limit } = parseQuery(PageQuery, request);
      sendList(request, response, "hooks", await hooks.list({ limit, after: readCursor("hooks", cursor) }));
    })
    .delete("/v1/hooks/:id", requireScope(keys, "admin"), async (request, response) => {
      await hooks.remove(parseId(request));
      response.status(204).end();
    })
    .post("/v1/hooks/:id/test", requireScope(keys, "admin"), async (request, response) => {
      response.status(202).json(await hooks.test(parseId(request)));
    })
    .get("/v1/hooks/:id/deliveries", requireScope(keys, "read"), async (request, response) => {
      const { cursor, limit } = parseQuery(PageQuery, request);
      const hookId = parseId(request);
      const page = await hooks.deliveries({ hookId, limit, after: readCursor("deliveries", cursor) });
      sendList(request, response, "deliveries", page);
    });
