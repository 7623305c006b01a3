import { type Request, type Response, Router } from "express";
import type { Unsubscribe } from "../flow/unsubscribe.ts";
import { problemPage, unsubscribePage } from "./pages.ts";
import { sendPage } from "./send-page.ts";

/** Pages that links in mails lead to. */
export const peopleRoutes = ({ unsubscribe }: { unsubscribe: Unsubscribe }) =>
  Router()
    .get("/unsubscribe/:token", (request, response) => {
      if (!unsubscribe.knows(tokenOf(request))) return sendUnknownLink(response);
      sendPage(response, unsubscribePage({ done: false, action: request.originalUrl }));
    })
    // RFC 8058: a mail client posts `List-Unsubscribe=One-Click` by itself and follows no redirect. The body is not
    // looked at; the token says it all.
    .post("/unsubscribe/:token", async (request, response) => {
      if (!unsubscribe.knows(tokenOf(request))) return sendUnknownLink(response);
      await unsubscribe.byLink(tokenOf(request));
      sendPage(response, unsubscribePage({ done: true, action: request.originalUrl }));
    });

function tokenOf(request: Request): string {
  return String(request.params.token);
}

function sendUnknownLink(response: Response): void {
  response.status(404);
  sendPage(response, problemPage({ title: "This link is not complete", detail: "Copy it from the mail once more." }));
}
