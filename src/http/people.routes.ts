import { type Request, type Response, Router } from "express";
import type { Confirm } from "../flow/confirm.ts";
import type { Unsubscribe } from "../flow/unsubscribe.ts";
import { confirmPage, problemPage, unsubscribePage } from "./pages.ts";
import { sendPage } from "./send-page.ts";

/** What a link in a mail can do, once the person has pressed the button. */
interface LinkAction {
  knows(token: string): boolean;
  byLink(token: string): Promise<void>;
}

type LinkPage = (state: { readonly done: boolean; readonly action: string }) => string;

/**
 * Pages that links in mails lead to. Opening one changes nothing, since mail scanners open every link; pressing the
 * button posts.
 *
 * RFC 8058: a mail client unsubscribes by posting `List-Unsubscribe=One-Click` by itself and follows no redirect. The
 * body, of whatever type, is not looked at; the token says it all.
 */
export const peopleRoutes = ({ unsubscribe, confirm }: { unsubscribe: Unsubscribe; confirm: Confirm }) =>
  Router()
    .get("/unsubscribe/:token", ask(unsubscribe, unsubscribePage))
    .post("/unsubscribe/:token", act(unsubscribe, unsubscribePage))
    .get("/confirm/:token", ask(confirm, confirmPage))
    .post("/confirm/:token", act(confirm, confirmPage));

function ask(link: LinkAction, page: LinkPage) {
  return (request: Request, response: Response) => {
    if (!link.knows(tokenOf(request))) return sendUnknownLink(response);
    sendPage(response, page({ done: false, action: request.originalUrl }));
  };
}

function act(link: LinkAction, page: LinkPage) {
  return async (request: Request, response: Response) => {
    if (!link.knows(tokenOf(request))) return sendUnknownLink(response);
    await link.byLink(tokenOf(request));
    sendPage(response, page({ done: true, action: request.originalUrl }));
  };
}

function tokenOf(request: Request): string {
  return String(request.params.token);
}

function sendUnknownLink(response: Response): void {
  response.status(404);
  sendPage(response, problemPage({ title: "This link is not complete", detail: "Copy it from the mail once more." }));
}
