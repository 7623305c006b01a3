import type { ErrorRequestHandler, Request, Response } from "express";
import { type ErrorKind, type FieldFault, LeadgateError } from "../base/errors.ts";
import type { Log } from "../base/log.ts";
import { problemPage } from "./pages.ts";
import { sendPage } from "./send-page.ts";

/** HTTP status and title of each kind of error. A kind's name is the end of its problem type (RFC 9457). */
export const PROBLEMS: Record<ErrorKind, readonly [status: number, title: string]> = {
  malformed: [400, "The request can't be read"],
  unauthorized: [401, "A key is needed"],
  forbidden: [403, "That is not allowed"],
  "not-found": [404, "There is no such thing"],
  conflict: [409, "That is taken"],
  "stale-version": [412, "It has changed since you read it"],
  "too-large": [413, "The request is too large"],
  "unsupported-media-type": [415, "This content type is not read here"],
  "invalid-email": [422, "There is no usable e-mail address"],
  "invalid-field": [422, "A field is wrong"],
  "idempotency-key-reuse": [422, "This identity was used for other content"],
  "precondition-required": [428, "Say which version you mean"],
  "rate-limited": [429, "Too many requests"],
  unavailable: [503, "Come back in a moment"],
  internal: [500, "Something went wrong"],
  "bad-setting": [500, "Something went wrong"],
  locked: [500, "Something went wrong"],
};

/** A problem details object (RFC 9457). */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  /** Never empty: where no field is to blame, the whole is. */
  readonly errors: readonly FieldFault[];
  readonly quarantineId?: string;
}

export function problemOf(error: LeadgateError, requestId: string, quarantineId?: string): Problem {
  const [status, title] = PROBLEMS[error.kind];
  return {
    type: `/problems/${error.kind}`,
    title,
    status,
    detail: error.publicMessage,
    requestId,
    errors: error.faults.length > 0 ? error.faults : [{ path: "", message: error.publicMessage }],
    ...(quarantineId !== undefined && { quarantineId }),
  };
}

/** Answers with a problem: JSON, or for a browser on a form a page that says the same. */
export function sendProblem(request: Request, response: Response, error: LeadgateError, quarantineId?: string): void {
  const problem = problemOf(error, String(request.id), quarantineId);
  response.status(problem.status);
  if (error.retryAfterSeconds !== undefined) response.set("Retry-After", String(Math.ceil(error.retryAfterSeconds)));
  if (error.kind === "unauthorized") response.set("WWW-Authenticate", 'Bearer realm="leadgate"');
  if (request.path.startsWith("/forms/") && request.accepts(["json", "html"]) === "html") {
    const { title, detail, requestId } = problem;
    sendPage(response, problemPage({ title, detail, faults: error.faults, requestId }));
    return;
  }
  // As bytes: to text Express would add a charset, which this media type does not have (RFC 9457, section 6.1).
  response.type("application/problem+json").send(Buffer.from(JSON.stringify(problem)));
}

/** The last middleware: whatever was thrown becomes an answer; what was not thrown on purpose is logged as a bug. */
export function errorHandler(log: Log): ErrorRequestHandler {
  return (thrown: unknown, request, response, next) => {
    // Answered in full before: what the work ended with, after it was given up, is nobody's any more.
    if (response.writableEnded) return;
    if (response.headersSent) return next(thrown);
    const error = asLeadgateError(thrown);
    if (error.kind === "unavailable" || PROBLEMS[error.kind][0] === 500) {
      log.error({ err: thrown, requestId: request.id }, "request failed");
    }
    sendProblem(request, response, error);
  };
}

/** Express's body readers and router throw errors with a status of their own (http-errors). */
function asLeadgateError(thrown: unknown): LeadgateError {
  if (thrown instanceof LeadgateError) return thrown;
  const { status, type } = thrown as { status?: number; type?: string };
  if (status === 413) {
    return new LeadgateError("too-large", "The body is larger than this service takes; see BODY_LIMIT.", {
      cause: thrown,
    });
  }
  if (status === 415) {
    return new LeadgateError(
      "unsupported-media-type",
      "This Content-Encoding is not read here; send gzip, deflate, br or none.",
      {
        cause: thrown,
      },
    );
  }
  if (status !== undefined && status >= 400 && status < 500) {
    return new LeadgateError("malformed", `The request can't be read${type === undefined ? "" : ` (${type})`}.`, {
      cause: thrown,
    });
  }
  return new LeadgateError("internal", "Something went wrong here; it was logged. Try again.", { cause: thrown });
}
