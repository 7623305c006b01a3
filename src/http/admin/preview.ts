import type { Response } from "express";

/** For a rendered mail alone: it is shown and does nothing, not even fetch a picture that would tell its sender. */
const PREVIEW_CSP =
  "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; base-uri 'none'; " +
  "frame-ancestors 'self'";

/** Answers with a mail as a document of its own, for a sandboxed frame of the page. */
export function sendPreview(response: Response, html: string): void {
  // A sandboxed document has an origin of its own, for which the browser could only warn.
  response.removeHeader("Origin-Agent-Cluster");
  response.set("Content-Security-Policy", PREVIEW_CSP).set("Cache-Control", "no-store").type("html").send(html);
}
