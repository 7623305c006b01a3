import type { RequestHandler } from "express";
import helmet from "helmet";
import { PAGE_CSP } from "./pages.ts";

/**
 * Headers that tell browsers what they may do with an answer. Answers to programs get the two that matter when somebody
 * opens one in a browser all the same (OWASP REST Security Cheat Sheet); everything else gets what pages need.
 */
export function securityHeaders(): RequestHandler {
  const forPages = helmet({ contentSecurityPolicy: false });
  return (request, response, next) => {
    if (request.url.startsWith("/v1/") || request.url.startsWith("/webhooks/")) {
      response.setHeader("X-Content-Type-Options", "nosniff");
      response.setHeader("Strict-Transport-Security", "max-age=31536000; includeSubDomains");
      next();
      return;
    }
    response.setHeader("Content-Security-Policy", PAGE_CSP);
    forPages(request, response, next);
  };
}
