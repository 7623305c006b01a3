import { Router } from "express";
import type { Keys } from "../flow/keys.ts";
import { requireScope } from "./auth.ts";
import type { Metrics } from "./metrics.ts";

/** What Prometheus reads. */
export const metricsRoutes = ({ keys, metrics }: { keys: Keys; metrics: Metrics }) =>
  Router().get("/metrics", requireScope(keys, "read"), async (_request, response) => {
    const { contentType, text } = await metrics.render();
    response.set("Content-Type", contentType).send(text);
  });
