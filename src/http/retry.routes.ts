import { Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";
import type { Keys } from "../flow/keys.ts";
import type { Query } from "../flow/query.ts";
import type { Requeue } from "../flow/requeue.ts";
import { requireScope } from "./auth.ts";
import { bytesOf, parseBody, rawBody } from "./body.ts";
import { parseId } from "./parse-query.ts";

export interface RetryDeps {
  readonly keys: Keys;
  readonly query: Query;
  readonly requeue: Requeue;
  readonly bodyLimitBytes: number;
}

/** What a retry takes. */
export const RetryOptions = z.strictObject({ acceptDuplicate: z.boolean("must be true or false").default(false) });

/** Has mail sent that does not go by itself. */
export const retryRoutes = ({ keys, query, requeue, bodyLimitBytes }: RetryDeps) =>
  Router().post(
    "/v1/messages/:id/retry",
    requireScope(keys, "admin"),
    rawBody(bodyLimitBytes),
    async (request, response) => {
      const id = parseId(request);
      const options = RetryOptions.safeParse(bytesOf(request).length === 0 ? {} : await parseBody(request));
      if (!options.success) {
        const faults = options.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
        throw new LeadgateError("invalid-field", 'The body is {"acceptDuplicate":true} or nothing.', { faults });
      }
      await requeue.one(id, options.data);
      response.json(await query.message(id));
    },
  );
