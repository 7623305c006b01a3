import type { Request, Response } from "express";
import { LeadgateError } from "../base/errors.ts";

/** The ETag of a version of a lead. */
export function etagOf(version: number): string {
  return `"${version}"`;
}

/**
 * Answers `304` when the caller has this version already (RFC 9110, section 13.1.2).
 *
 * Express would look at the request's `Cache-Control` too, which is for caches on the way: `fetch` sends `no-cache` with
 * every `If-None-Match`, and would never get its `304`.
 *
 * @returns whether it was answered.
 */
export function answerNotModified(request: Request, response: Response, etag: string): boolean {
  response.set("ETag", etag);
  const held = (request.headers["if-none-match"] ?? "").split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  if (!held.includes(etag) && !held.includes("*")) return false;
  response.status(304).end();
  return true;
}

/**
 * Reads which versions a caller means to change (RFC 9110, section 13.1.1). A weak tag names none: what only resembles
 * the lead that was read must not be changed.
 *
 * @throws LeadgateError `precondition-required` when the caller does not say.
 */
export function readIfMatch(request: Request): (etag: string) => boolean {
  const header = request.headers["if-match"]?.trim();
  if (header === undefined || header === "") {
    const message = "is needed: send the ETag of the lead as you read it, or * to change it whatever it is by now";
    throw new LeadgateError("precondition-required", `If-Match ${message}.`, {
      faults: [{ path: "If-Match", message }],
    });
  }
  if (header === "*") return () => true;
  const tags = [...header.matchAll(/(W\/)?("[^"]*")/g)].flatMap(([, weak, tag]) => (weak === undefined ? [tag!] : []));
  return (etag) => tags.includes(etag);
}
