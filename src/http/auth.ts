import type { Request, RequestHandler } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { Caller, Keys, Scope } from "../flow/keys.ts";
import { sessionCaller } from "./admin/session-caller.ts";

/** Whatever a caller presents as a key or as a source's secret, by the places senders can put one. */
export function presentedKeys(request: Request): string[] {
  const [, scheme = "", credentials = ""] = /^(\S+) +(.*)$/.exec(request.headers.authorization ?? "") ?? [];
  const given = [
    /^bearer$/i.test(scheme) ? credentials : undefined,
    /^basic$/i.test(scheme) ? basicPassword(credentials) : undefined,
    request.headers["x-api-key"],
    request.query.key,
  ];
  return given.filter((key): key is string => typeof key === "string" && key !== "");
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
  const caller = await identify(request, keys);
  if (caller === undefined) {
    const message = "must be a valid key: `Authorization: Bearer lg_…` or `X-Api-Key: lg_…`";
    throw new LeadgateError("unauthorized", "Send a valid key as `Authorization: Bearer lg_…` or `X-Api-Key: lg_…`.", {
      faults: [{ path: "Authorization", message }],
    });
  }
  if (scope !== undefined && !caller.scopes.includes(scope) && !caller.scopes.includes("admin")) {
    throw new LeadgateError("forbidden", `This key lacks the scope "${scope}"; use one that has it.`);
  }
  return caller;
}

async function identify(request: Request, keys: Keys): Promise<Caller | undefined> {
  const presented = presentedKeys(request);
  for (const key of presented) {
    const caller = await keys.identify(key);
    if (caller !== undefined) return caller;
  }
  // Whoever shows a key means that key, whatever their browser adds.
  return presented.length === 0 ? sessionCaller(request) : undefined;
}

/** Lets a request through that has a key with a scope. */
export function requireScope(keys: Keys, scope: Scope): RequestHandler {
  return async (request, _response, next) => {
    await authorise(request, keys, scope);
    next();
  };
}
