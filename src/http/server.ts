import express, { type Express } from "express";
import helmet from "helmet";
import { pinoHttp } from "pino-http";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Log } from "../base/log.ts";
import type { Query } from "../flow/query.ts";
import type { Unsubscribe } from "../flow/unsubscribe.ts";
import { errorHandler } from "./errors.ts";
import { healthRoutes, type Readiness } from "./health.routes.ts";
import { type IntakeRouteDeps, intakeRoutes } from "./intake.routes.ts";
import { leadRoutes } from "./leads.routes.ts";
import { PAGE_CSP } from "./pages.ts";
import { peopleRoutes } from "./people.routes.ts";
import { recordRoutes } from "./records.routes.ts";

export interface HttpDeps extends IntakeRouteDeps {
  readonly log: Log;
  readonly query: Query;
  readonly unsubscribe: Unsubscribe;
  readonly readiness: Readiness;
  readonly trustProxy: boolean | number | string;
}

/** The HTTP interface, in the order a request goes through it. */
export function createHttpApp(deps: HttpDeps): Express {
  return express()
    .disable("x-powered-by")
    .disable("etag")
    .set("trust proxy", deps.trustProxy)
    .set("query parser", "simple")
    .use(helmet({ contentSecurityPolicy: false }))
    .use((_request, response, next) => {
      response.set("Content-Security-Policy", PAGE_CSP);
      next();
    })
    .use(requestLog(deps.log))
    .use(healthRoutes(deps))
    .use(intakeRoutes(deps))
    .use(leadRoutes(deps))
    .use(recordRoutes(deps))
    .use(peopleRoutes(deps))
    .use((request) => {
      throw new LeadgateError("not-found", `There is nothing at this address for ${request.method}.`);
    })
    .use(errorHandler(deps.log));
}

/** Method, route and time of each request; never its address, query, headers or body, which hold people and keys. */
function requestLog(log: Log) {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = uuidV7();
      response.setHeader("X-Request-Id", id);
      return id;
    },
    quietReqLogger: true,
    customAttributeKeys: { reqId: "requestId" },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? "error" : "info"),
    customSuccessMessage: () => "request",
    customErrorMessage: () => "request failed",
    serializers: {
      req: (request: { method: string; raw: { route?: { path?: string } } }) => ({
        method: request.method,
        route: request.raw.route?.path ?? "unmatched",
      }),
      res: (response: { statusCode: number }) => ({ statusCode: response.statusCode }),
    },
    customProps: (request) => ({ route: (request as { route?: { path?: string } }).route?.path ?? "unmatched" }),
  });
}
