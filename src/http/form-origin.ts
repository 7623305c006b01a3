import type { Request, Response } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { FormSource } from "../flow/configuration.ts";

/**
 * Whether a page of this origin may post the form. A source without a list takes all; an absent header passes, since
 * plain posts of some browsers and scripts outside a browser send none.
 */
function isAllowed({ origins }: FormSource, origin: string | undefined): boolean {
  return origins === undefined || origin === undefined || origins.includes(origin);
}

/** @throws LeadgateError `forbidden` for a page that is not listed, `null` origins among them. */
export function checkOrigin(source: FormSource, request: Request): void {
  if (isAllowed(source, request.headers.origin)) return;
  const message = "is not one of the `origins` of this form; add the page's origin there";
  throw new LeadgateError("forbidden", `The page's origin ${message}.`, { faults: [{ path: "Origin", message }] });
}

/** Lets a script on an allowed page read the answer (Fetch standard, CORS protocol). */
export function allowOrigin(source: FormSource, request: Request, response: Response): void {
  const { origin } = request.headers;
  response.vary("Origin");
  // Otherwise a page's `no-cors` script would be told that its post failed.
  response.set("Cross-Origin-Resource-Policy", "cross-origin");
  if (origin !== undefined && isAllowed(source, origin)) response.set("Access-Control-Allow-Origin", origin);
}

/** Lets any page's script read that it is to wait: the limit comes before the form, and so before its list, is known. */
export function allowWait(request: Request, response: Response): void {
  response.vary("Origin").set("Cross-Origin-Resource-Policy", "cross-origin");
  if (request.headers.origin === undefined) return;
  response.set("Access-Control-Allow-Origin", request.headers.origin);
  response.set("Access-Control-Expose-Headers", "Retry-After");
}

/** Answers a preflight as the post would be answered. */
export function preflight(source: FormSource, request: Request, response: Response): void {
  checkOrigin(source, request);
  allowOrigin(source, request, response);
  response
    .set("Access-Control-Allow-Methods", "POST")
    .set("Access-Control-Allow-Headers", "Content-Type, Idempotency-Key")
    .set("Access-Control-Max-Age", "600")
    .status(204)
    .end();
}
