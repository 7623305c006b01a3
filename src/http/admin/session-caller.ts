import type { Request, RequestHandler } from "express";
import { LeadgateError } from "../../base/errors.ts";
import type { AdminSessions, Session } from "../../flow/admin-sessions.ts";
import type { Caller } from "../../flow/keys.ts";

/** The cookie's name; over https browsers take it from this host alone and by https only (RFC 6265bis, 4.1.3). */
export function cookieName(isSecure: boolean): string {
  return isSecure ? "__Host-leadgate_session" : "leadgate_session";
}

interface Admission {
  readonly token: string;
  readonly sessions: AdminSessions;
  readonly publicUrl: () => string;
}

const admissions = new WeakMap<Request, Admission>();

/** Remembers the cookie of a request, so that what asks for a key takes the session in its place. Looks nothing up. */
export function admitSessions(sessions: AdminSessions, publicUrl: () => string): RequestHandler {
  return (request, _response, next) => {
    const token = tokenOf(request, publicUrl().startsWith("https:"));
    if (token !== undefined) admissions.set(request, { token, sessions, publicUrl });
    next();
  };
}

/** The session token in a request's cookies; undefined where there is none. */
export function tokenOf(request: Request, isSecure: boolean): string | undefined {
  const name = cookieName(isSecure);
  const pairs = (request.headers.cookie ?? "").split(";").map((pair) => pair.trim());
  return pairs.find((pair) => pair.startsWith(`${name}=`))?.slice(name.length + 1) || undefined;
}

/**
 * Who is signed in, by the cookie of a request.
 *
 * @throws LeadgateError `forbidden` when another site's page made the request: the browser adds the cookie to it unasked.
 */
export async function sessionCaller(request: Request): Promise<Caller | undefined> {
  const admission = admissions.get(request);
  if (admission === undefined) return undefined;
  checkSameOrigin(request, admission.publicUrl());
  return admission.sessions.find(admission.token);
}

/** The session of a request; as `sessionCaller`, and without making it last longer where `touch` is false. */
export async function sessionOf(request: Request, options: { readonly touch: boolean }): Promise<Session | undefined> {
  const admission = admissions.get(request);
  if (admission === undefined) return undefined;
  checkSameOrigin(request, admission.publicUrl());
  return admission.sessions.find(admission.token, options);
}

const SAFE = new Set(["GET", "HEAD"]);

/**
 * Refuses requests that another site's page made. SameSite lets sibling subdomains through, so browsers' own word is
 * asked for too: Fetch Metadata where it is sent, which is over https and on loopback, else the `Origin` of whatever
 * changes something.
 *
 * @throws LeadgateError `forbidden`.
 */
export function checkSameOrigin(request: Request, publicUrl: string): void {
  const isSafe = SAFE.has(request.method);
  const site = request.headers["sec-fetch-site"];
  if (site !== undefined) {
    if (site === "same-origin" || (isSafe && site === "none")) return;
    throw foreign();
  }
  const { origin } = request.headers;
  if (origin === undefined ? isSafe : isOwn(origin, request, publicUrl)) return;
  throw foreign();
}

function isOwn(origin: string, request: Request, publicUrl: string): boolean {
  if (!URL.canParse(origin)) return false;
  return origin === new URL(publicUrl).origin || new URL(origin).host === request.headers.host;
}

function foreign(): LeadgateError {
  return new LeadgateError("forbidden", "A page of another site can't use this sign-in; open /admin itself.");
}
