import { LeadgateError } from "../base/errors.ts";
import { type Database, ping } from "./client.ts";

/** A live server answers in milliseconds; one that was stopped, or whose network is, never does. */
const PROBE_MS = 800;

/**
 * Asks whether a database answers at all, however busy it is: PostgreSQL on a connection of its own, since those of the
 * pool may be waiting for something.
 *
 * @param url of PostgreSQL; without it the open database is asked.
 */
export async function databaseAnswers(url: string | undefined, database: Database): Promise<boolean> {
  try {
    await within(PROBE_MS, url === undefined ? ping(database) : ask(url));
    return true;
  } catch {
    return false;
  }
}

async function ask(url: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    application_name: "leadgate probe",
    connectionTimeoutMillis: PROBE_MS,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query("SELECT 1");
  } finally {
    // Not waited for: a server that does not answer does not say goodbye either.
    client.end().catch(() => undefined);
  }
}

async function within<Result>(ms: number, work: Promise<Result>): Promise<Result> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new LeadgateError("unavailable", "The database does not answer.")), ms);
  });
  work.catch(() => undefined);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}
