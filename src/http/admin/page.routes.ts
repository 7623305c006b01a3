import { Router } from "express";
import { LeadgateError } from "../../base/errors.ts";
import { ADMIN_CSP, Assets } from "./assets.ts";

/** The page itself. Its views are addresses below `/admin` that all have the same document. Goes last of these routes. */
export function pageRoutes(assets = new Assets()): Router {
  return Router()
    .get("/admin/assets/:file", (request, response) => {
      // A file's name holds a digest of what is in it.
      response.set("Cache-Control", "public, max-age=31536000, immutable");
      assets.send(`assets/${request.params.file}`, request, response);
    })
    .get("/admin{/*view}", (request, response, next) => {
      if (/^\/admin\/(?:api|session|live|assets)(?:\/|$)/.test(request.path)) return next();
      if (!assets.isBuilt) {
        throw new LeadgateError("not-found", "The page is not built; run `npm run build` and start again.");
      }
      response.set("Content-Security-Policy", ADMIN_CSP).set("Cache-Control", "no-store");
      assets.send("index.html", request, response);
    });
}
