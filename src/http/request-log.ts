import type { Request, RequestHandler, Response } from "express";
import { uuidV7 } from "../base/ids.ts";
import type { Log } from "../base/log.ts";

declare module "node:http" {
  interface IncomingMessage {
    /** Names the request in the log, in `X-Request-Id` and in problems. */
    id: string;
  }
}

/**
 * Gives each request an id, and logs a line when it has ended: method, route and time; never its address, query, headers
 * or body, which hold people and keys.
 */
export function requestLog(log: Log): RequestHandler {
  return (request, response, next) => {
    request.id = uuidV7();
    response.setHeader("X-Request-Id", request.id);
    const begunMs = performance.now();
    response.once("close", () => {
      const level = response.statusCode >= 500 ? "error" : "info";
      log[level](line(request, response, performance.now() - begunMs), "request");
    });
    next();
  };
}

/** The route is the pattern that matched, since the address itself may hold a token. */
function line(request: Request, response: Response, durationMs: number) {
  return {
    requestId: request.id,
    method: request.method,
    route: (request.route?.path as unknown) ?? "unmatched",
    statusCode: response.statusCode,
    responseTime: Math.round(durationMs),
    ...(!response.writableFinished && { aborted: true }),
  };
}
