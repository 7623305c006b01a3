import type { Log } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import { type Database, openDatabase } from "./client.ts";

/**
 * Opens the database that the settings name, and applies the migrations it lacks.
 *
 * @throws LeadgateError as `openDatabase` does.
 */
export function openFor(settings: Settings, log: Log): Promise<Database> {
  return openDatabase({
    url: settings.DATABASE_URL,
    dataDirectory: settings.DATA_DIR,
    poolSize: settings.DATABASE_POOL,
    // Whoever takes submissions in can keep them until the database is there.
    evenIfAway: settings.ROLE !== "worker",
    onIdleError: (error) => log.warn({ err: error }, "a database connection broke; it is replaced"),
  });
}
