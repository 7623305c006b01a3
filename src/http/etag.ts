import type { Request, Response } from "express";

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
