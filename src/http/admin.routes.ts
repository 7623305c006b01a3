import { Router } from "express";
import type { Live } from "./admin/live.ts";
import { pageRoutes } from "./admin/page.routes.ts";
import { adminRecordRoutes, type RecordRouteDeps } from "./admin/records.routes.ts";
import { type SessionRouteDeps, sessionRoutes, signedOut } from "./admin/session.routes.ts";
import { sessionOf } from "./admin/session-caller.ts";
import { type SetupRouteDeps, setupRoutes } from "./admin/setup.routes.ts";
import { requireScope } from "./auth.ts";

export interface AdminRouteDeps extends SessionRouteDeps, RecordRouteDeps, SetupRouteDeps {
  readonly live: Live;
}

/** The page for people, and what it alone needs: signing in, what goes on now, and how the instance is set up. */
export function adminRoutes(deps: AdminRouteDeps): Router {
  return Router()
    .use(sessionRoutes(deps))
    .get("/admin/live", async (request, response) => {
      const isWelcome = async () => (await sessionOf(request, { touch: false })) !== undefined;
      if (!(await isWelcome())) throw signedOut();
      deps.live.join(response, isWelcome);
    })
    .use("/admin/api", requireScope(deps.keys, "read"), (_request, response, next) => {
      response.set("Cache-Control", "no-store");
      next();
    })
    .use(adminRecordRoutes(deps))
    .use(setupRoutes(deps))
    .use(pageRoutes());
}
