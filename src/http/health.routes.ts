import { Router } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { ReadinessReport } from "../flow/readiness.ts";

/** Whether this process can take traffic, and what an operator should know. */
export type Readiness = () => Promise<ReadinessReport>;

/** `/healthz`: the process answers. `/readyz`: it takes submissions in, with reasons where something is amiss. */
export const healthRoutes = ({ readiness }: { readiness: Readiness }) =>
  Router()
    .get("/healthz", (_request, response) => {
      response.json({ status: "ok" });
    })
    .get("/readyz", async (_request, response) => {
      const { status, reasons } = await readiness();
      if (status === "unavailable") response.set("Retry-After", "5").status(503);
      response.json({ status, reasons });
    })
    .get("/problems/:kind", (request) => {
      // Problem types are names, not documents; say so rather than 404 without a word.
      throw new LeadgateError(
        "not-found",
        `"${request.params.kind}" names a kind of problem; see docs/api.md for all of them.`,
      );
    });
