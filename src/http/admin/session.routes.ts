import { type Response, Router } from "express";
import { z } from "zod";
import { LeadgateError } from "../../base/errors.ts";
import type { AdminSessions, Session } from "../../flow/admin-sessions.ts";
import { rawBody } from "../body.ts";
import { callerAddress } from "../caller-address.ts";
import { parseFields } from "../parse-fields.ts";
import { checkSameOrigin, cookieName, sessionOf, tokenOf } from "./session-caller.ts";

export interface SessionRouteDeps {
  readonly sessions: AdminSessions;
  readonly publicUrl: () => string;
  /** Seconds to wait for a caller who tried too many keys, else undefined. */
  readonly limitSignIns: (caller: string) => Promise<number | undefined>;
}

const SignIn = z.strictObject({
  key: z.string("must be an API key such as lg_…").trim().min(1, "must not be empty").max(512),
});

/** A key and no more. */
const BODY_LIMIT_BYTES = 4_096;

/** Signing in to the page for people, and out. */
export function sessionRoutes({ sessions, publicUrl, limitSignIns }: SessionRouteDeps): Router {
  const isSecure = () => publicUrl().startsWith("https:");
  const cookie = () => ({ httpOnly: true, sameSite: "strict", path: "/", secure: isSecure() }) as const;
  return Router()
    .use("/admin/session", (_request, response, next) => {
      response.set("Cache-Control", "no-store");
      next();
    })
    .post("/admin/session", rawBody(BODY_LIMIT_BYTES), async (request, response) => {
      checkSameOrigin(request, publicUrl());
      const retryAfterSeconds = await limitSignIns(callerAddress(request.ip));
      if (retryAfterSeconds !== undefined) {
        throw new LeadgateError("rate-limited", "Too many tries to sign in; wait a minute.", { retryAfterSeconds });
      }
      const { key } = await parseFields(SignIn, request);
      const { token, session } = await sessions.open(key);
      response.cookie(cookieName(isSecure()), token, { ...cookie(), expires: session.endsAt });
      answer(response.status(201), session);
    })
    .get("/admin/session", async (request, response) => {
      const session = await sessionOf(request, { touch: true });
      if (session === undefined) response.status(204).end();
      else answer(response, session);
    })
    .delete("/admin/session", async (request, response) => {
      checkSameOrigin(request, publicUrl());
      const token = tokenOf(request, isSecure());
      if (token !== undefined) await sessions.close(token);
      response.clearCookie(cookieName(isSecure()), cookie()).status(204).end();
    });
}

/** What whoever is not signed in is told. */
export function signedOut(): LeadgateError {
  return new LeadgateError("unauthorized", "You are not signed in, or no longer; sign in with a key.");
}

function answer(response: Response, { name, scopes, endsAt }: Session): void {
  response.json({ name, scopes, canChange: scopes.includes("admin"), endsAt: endsAt.toISOString() });
}
