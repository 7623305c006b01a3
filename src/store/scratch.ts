import { randomBytes } from "node:crypto";
import { mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { LeadgateError } from "../base/errors.ts";
import { asUnavailable } from "./database-away.ts";
import type { DatabasePlace } from "./read-only.ts";

/** An empty database for a trial. */
export interface Scratch extends DatabasePlace {
  /** Removes it with all that is in it. */
  drop(): Promise<void>;
}

/** Databases of PostgreSQL that a trial made begin with this; one that is left was killed with its trial. */
export const SCRATCH_PREFIX = "leadgate_replay_";

/**
 * Makes an empty database of the same kind as the configured one: beside it on its server, or embedded in a folder.
 *
 * @param url of the configured database; it is connected to, and nothing in it is touched.
 * @param folder where embedded ones are made.
 * @throws LeadgateError `forbidden` when the user may not create databases.
 */
export async function createScratch(url: string | undefined, folder: string): Promise<Scratch> {
  const name = `${SCRATCH_PREFIX}${randomBytes(6).toString("hex")}`;
  if (url === undefined) {
    const dataDirectory = join(folder, name);
    mkdirSync(dataDirectory, { recursive: true });
    return { dataDirectory, drop: async () => rmSync(dataDirectory, { recursive: true, force: true }) };
  }
  await onServer(url, `CREATE DATABASE ${name}`);
  // Its crashes are those of processes, which lose nothing without waiting for the disk.
  await onServer(url, `ALTER DATABASE ${name} SET synchronous_commit = off`);
  const place = new URL(url);
  place.pathname = `/${name}`;
  const drop = () => onServer(url, `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
  return { url: place.href, dataDirectory: folder, drop };
}

async function onServer(url: string, sql: string): Promise<void> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(sql);
  } catch (error) {
    if ((error as { code?: string }).code !== "42501") throw asUnavailable(error);
    const message =
      "The user of DATABASE_URL may not create databases, which a replay needs beside yours. Grant it (ALTER ROLE … CREATEDB), or replay an export on the embedded database: leadgate export --submissions --output submissions.ndjson, then DATABASE_URL= leadgate replay submissions.ndjson";
    throw new LeadgateError("forbidden", message, { cause: error });
  } finally {
    await client.end().catch(() => undefined);
  }
}
