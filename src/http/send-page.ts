import type { Response } from "express";

/** Answers with a page for people: nothing is loaded, nothing runs, nothing is kept. */
export function sendPage(response: Response, html: string): void {
  response.set("Cache-Control", "no-store").type("html").send(html);
}
