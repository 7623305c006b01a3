import { Router } from "express";
import { LeadgateError } from "../base/errors.ts";

/** Whether this process can take traffic, and what an operator should know. */
export type Readiness = () => Promise<{ readonly ready: boolean; readonly reasons: readonly string[] }>;

/** `/healthz`: the process answers. `/readyz`: it can do its work, with reasons where it can't. */
export const healthRoutes = ({ readiness }: { readiness: Readiness }) =>
  Router()
    .get("/healthz", (_request, response) => {
      response.json({ status: "ok" });
    })
    .get("/readyz", async (_request, response) => {
      const { ready, reasons } = await readiness();
      if (!ready) {
        response.set("Retry-After", "5").status(503).json({ status: "unavailable", reasons });
        return;
      }
      response.json({ status: "ready", reasons });
    })
    .get("/problems/:kind", (request) => {
      // Problem types are names, not documents; say so rather than 404 without a word.
      throw new LeadgateError(
        "not-found",
        `"${request.params.kind}" names a kind of problem; see docs/api.md for all of them.`,
      );
    });
