import type { Request, RequestHandler } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { Caller, Keys, Scope } from "../flow/keys.ts";

/** Whatever a caller may present as a key or as a source's secret, by the places senders can put one. */
export function presentedKey(request: Request): string | undefined {
  const authorization = request.headers.authorization ?? "";
  const [scheme = "", credentials = ""] = authorization.split(/ +/, 2);
  if (/^bearer$/i.test(scheme)) return credentials;
  if (/^basic$/i.test(scheme)) return basicPassword(credentials);
  const header = request.headers["x-api-key"];
  if (typeof header === "string") return header;
  const { key } = request.query;
  return typeof key === "string" ? key : undefined;
}

/** RFC 7617: base64 of `user:password`; the user name is not looked at. */
function basicPassword(credentials: string): string | undefined {
  const text = Buffer.from(credentials, "base64").toString("utf8");
  const colon = text.indexOf(":");
  return colon === -1 ? undefined : text.slice(colon + 1);
}

/**
 * Who is calling.
 *
 * @param scope what the key must be good for; without it any key will do.
 * @throws LeadgateError `unauthorized` without a known key, `forbidden` when it lacks the scope.
 */
export async function authorise(request: Request, keys: Keys, scope?: Scope): Promise<Caller> {
  const key = presentedKey(request);
  const caller = key === undefined || key === "" ? undefined : await keys.identify(key);
  if (caller === undefined) {
    throw new LeadgateError("unauthorized", "Send a valid key as `Authorization: Bearer lg_…` or `X-Api-Key: lg_…`.");
  }
  if (scope !== undefined && !caller.scopes.includes(scope) && !caller.scopes.includes("admin")) {
    throw new LeadgateError("forbidden", `This key lacks the scope "${scope}"; use one that has it.`);
  }
  return caller;
}

/** Lets a request through that has a key with a scope. */
export function requireScope(keys: Keys, scope: Scope): RequestHandler {
  return async (request, _response, next) => {
    await authorise(request, keys, scope);
    next();
  };
}
