import { Router } from "express";
import { z } from "zod";
import type { Keys } from "../flow/keys.ts";
import type { Requeue } from "../flow/requeue.ts";
import type { TestSend } from "../flow/test-send.ts";
import { requireScope } from "./auth.ts";
import { rawBody } from "./body.ts";
import { parseFields } from "./parse-fields.ts";
import { NO_QUERY, parseQuery } from "./parse-query.ts";

export interface OperatorRouteDeps {
  readonly keys: Keys;
  readonly requeue: Requeue;
  readonly testSend: TestSend;
  readonly bodyLimitBytes: number;
}

const REQUEUEABLE = ["previewed", "failed", "uncertain"] as const;

/** Which follow-ups are to be sent after all. */
export const RequeueOrder = z.strictObject({
  status: z.enum(REQUEUEABLE, `must be one of ${REQUEUEABLE.join(", ")}`),
  acceptDuplicate: z.boolean("must be true or false").default(false),
});

/** Whom a test of a template goes to. */
export const TestOrder = z.strictObject({ to: z.string("must be an e-mail address such as ann@example.com") });

/** What an operator does by hand, from the command line: sending again in bulk, and trying a template out. */
export const operatorRoutes = ({ keys, requeue, testSend, bodyLimitBytes }: OperatorRouteDeps) =>
  Router()
    .post("/v1/messages/requeue", requireScope(keys, "admin"), rawBody(bodyLimitBytes), async (request, response) => {
      parseQuery(NO_QUERY, request);
      const { status, acceptDuplicate } = await parseFields(RequeueOrder, request);
      response.json({ status, requeued: await requeue.all(status, { acceptDuplicate }) });
    })
    .post(
      "/v1/templates/:name/test",
      requireScope(keys, "admin"),
      rawBody(bodyLimitBytes),
      async (request, response) => {
        parseQuery(NO_QUERY, request);
        const { to } = await parseFields(TestOrder, request);
        response.json(await testSend(String(request.params.name), to));
      },
    );
