import type { IncomingMessage, ServerResponse } from "node:http";
import type { Request } from "express";
import { pinoHttp } from "pino-http";
import { uuidV7 } from "../base/ids.ts";
import type { Log } from "../base/log.ts";

/** Method, route and time of each request; never its address, query, headers or body, which hold people and keys. */
export function requestLog(log: Log) {
  return pinoHttp({
    logger: log,
    genReqId: (_request, response) => {
      const id = uuidV7();
      response.setHeader("X-Request-Id", id);
      return id;
    },
    // The serializers of our log stay in force: the library's own would write headers and the text of errors. It also
    // makes a logger with the whole request for each, unasked; this keeps that from costing anything.
    wrapSerializers: false,
    serializers: { req: () => undefined },
    quietReqLogger: true,
    quietResLogger: true,
    customAttributeKeys: { reqId: "requestId" },
    customLogLevel: (_request, response) => (response.statusCode >= 500 ? "error" : "info"),
    customSuccessMessage: () => "request",
    customErrorMessage: () => "request",
    customSuccessObject: line,
    customErrorObject: (request, response, _error, value) => line(request, response, value),
  });
}

/** The route is the pattern that matched, since the address itself may hold a token. */
function line(request: IncomingMessage, response: ServerResponse, { responseTime }: { responseTime: number }) {
  return {
    method: request.method,
    route: (request as Request).route?.path ?? "unmatched",
    statusCode: response.statusCode,
    responseTime,
    ...(!response.writableFinished && { aborted: true }),
  };
}
