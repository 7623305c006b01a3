import type { RequestHandler } from "express";
import type { Breaker } from "../flow/breaker.ts";

/**
 * Refuses what needs the database while it is away, at once, and what is waiting for it when it goes away. The
 * connection is closed then: the request may still come to an end behind its answer.
 */
export function unlessAway({ whenAway }: Pick<Breaker, "whenAway">): RequestHandler {
  return (_request, response, next) => {
    let refused = false;
    const done = whenAway(
      (away) => {
        refused = true;
        if (response.headersSent) return;
        response.set("Connection", "close");
        next(away);
      },
      () => !response.headersSent,
    );
    response.once("close", done);
    if (!refused) next();
  };
}
