import express, { type Express } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import type { Breaker } from "../flow/breaker.ts";
import type { Confirm } from "../flow/confirm.ts";
import type { Query } from "../flow/query.ts";
import type { Unsubscribe } from "../flow/unsubscribe.ts";
import { admitSessions } from "./admin/session-caller.ts";
import { type AdminRouteDeps, adminRoutes } from "./admin.routes.ts";
import { type ChangeLeadDeps, changeLeadRoutes } from "./change-leads.routes.ts";
import { docsRoutes } from "./docs.routes.ts";
import { errorHandler } from "./errors.ts";
import { type ExportRouteDeps, exportRoutes } from "./export.routes.ts";
import { healthRoutes, type Readiness } from "./health.routes.ts";
import { type HookRouteDeps, hookRoutes } from "./hooks.routes.ts";
import { type IntakeRouteDeps, intakeRoutes } from "./intake.routes.ts";
import { keyRoutes } from "./keys.routes.ts";
import { leadRoutes } from "./leads.routes.ts";
import { metricsRoutes } from "./metrics.routes.ts";
import type { Metrics } from "./metrics.ts";
import { type OperatorRouteDeps, operatorRoutes } from "./operator.routes.ts";
import { peopleRoutes } from "./people.routes.ts";
import { type QuarantineRouteDeps, quarantineRoutes } from "./quarantine.routes.ts";
import { recordRoutes } from "./records.routes.ts";
import { requestLog } from "./request-log.ts";
import { type RetryDeps, retryRoutes } from "./retry.routes.ts";
import { securityHeaders } from "./security-headers.ts";
import { type SendGridEventDeps, sendGridEventRoutes } from "./sendgrid-events.routes.ts";
import { unlessAway } from "./unless-away.ts";

export interface HttpDeps
  extends IntakeRouteDeps,
    HookRouteDeps,
    SendGridEventDeps,
    RetryDeps,
    OperatorRouteDeps,
    QuarantineRouteDeps,
    ExportRouteDeps,
    AdminRouteDeps,
    ChangeLeadDeps {
  readonly log: Log;
  readonly metrics: Metrics;
  readonly query: Query;
  readonly unsubscribe: Unsubscribe;
  readonly confirm: Confirm;
  readonly readiness: Readiness;
  readonly breaker: Pick<Breaker, "whenAway">;
  readonly trustProxy: boolean | number | string;
}

/** Loaded when somebody asks for it: it takes a sixth of the time of a start. */
const document = async () => (await import("./openapi/document.ts")).openApiDocument();

/** The HTTP interface, in the order a request goes through it. */
export function createHttpApp(deps: HttpDeps): Express {
  return express()
    .disable("x-powered-by")
    .disable("etag")
    .set("trust proxy", deps.trustProxy)
    .set("query parser", "simple")
    .use(securityHeaders())
    .use(requestLog(deps.log))
    .use(deps.metrics.measure)
    .use(admitSessions(deps.sessions, deps.publicUrl))
    .use(healthRoutes(deps))
    .use(intakeRoutes(deps))
    .use(metricsRoutes(deps))
    .use(docsRoutes({ document }))
    .use(unlessAway(deps.breaker))
    .use(sendGridEventRoutes(deps))
    .use(exportRoutes(deps))
    .use(leadRoutes(deps))
    .use(changeLeadRoutes(deps))
    .use(recordRoutes(deps))
    .use(keyRoutes(deps))
    .use(quarantineRoutes(deps))
    .use(retryRoutes(deps))
    .use(operatorRoutes(deps))
    .use(hookRoutes(deps))
    .use(peopleRoutes(deps))
    .use(adminRoutes(deps))
    .use((request) => {
      throw new LeadgateError("not-found", `There is nothing at this address for ${request.method}.`);
    })
    .use(errorHandler(deps.log));
}
