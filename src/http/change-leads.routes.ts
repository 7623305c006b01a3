import { Router } from "express";
import type { EraseLead } from "../flow/erase-lead.ts";
import type { Keys } from "../flow/keys.ts";
import { leadView } from "../flow/lead-view.ts";
import type { PatchLead } from "../flow/patch-lead.ts";
import { authorise, requireScope } from "./auth.ts";
import { rawBody } from "./body.ts";
import { etagOf, readIfMatch } from "./etag.ts";
import { NO_QUERY, parseId, parseQuery } from "./parse-query.ts";
import { readPatch } from "./read-patch.ts";

export interface ChangeLeadDeps {
  readonly keys: Keys;
  readonly bodyLimitBytes: number;
  readonly patchLead: PatchLead;
  readonly eraseLead: EraseLead;
}

/** Changing a lead by hand, and erasing it. */
export const changeLeadRoutes = ({ keys, bodyLimitBytes, patchLead, eraseLead }: ChangeLeadDeps) =>
  Router()
    .delete("/v1/leads/:id", requireScope(keys, "admin"), async (request, response) => {
      parseQuery(NO_QUERY, request);
      await eraseLead(parseId(request));
      response.status(204).end();
    })
    .patch("/v1/leads/:id", requireScope(keys, "admin"), rawBody(bodyLimitBytes), async (request, response) => {
      const { name } = await authorise(request, keys, "admin");
      parseQuery(NO_QUERY, request);
      const id = parseId(request);
      const matches = readIfMatch(request);
      const patch = await readPatch(request);
      const lead = await patchLead({ id, patch, actor: `key ${name}`, matches: (version) => matches(etagOf(version)) });
      response.set("ETag", etagOf(lead.version)).json(leadView(lead));
    });
