import { cpSync, existsSync } from "node:fs";
import { join } from "node:path";
import { LeadgateError } from "../base/errors.ts";
import { asUnavailable } from "./database-away.ts";
import { openPGlite } from "./embedded.ts";
import { lockDataDirectory } from "./lock.ts";

/** A session that can read a database of any age and change nothing: no migrations, no writes. */
export interface ReadOnlySession {
  readonly kind: "embedded" | "postgres";
  query<Row>(sql: string, parameters?: readonly unknown[]): Promise<Row[]>;
  /** Rows of a long answer as they are wanted, all of one moment. */
  rows<Row>(sql: string): AsyncGenerator<Row>;
  close(): Promise<void>;
}

/** Where a database is. */
export interface DatabasePlace {
  /** `postgresql://…`; without it the embedded database of `dataDirectory`. */
  readonly url?: string | undefined;
  readonly dataDirectory: string;
}

const FETCH = 1_000;

/**
 * Opens a database for reading.
 *
 * @throws LeadgateError `locked` when another process has the embedded database open, `not-found` when there is none,
 *   `unavailable` when PostgreSQL can't be reached.
 */
export async function openReadOnly(place: DatabasePlace): Promise<ReadOnlySession> {
  return place.url === undefined ? openPglite(place.dataDirectory) : openPostgres(place.url);
}

/**
 * Copies an embedded database, so that what reads it never opens its files: even opening them would write.
 *
 * @param target a directory that can be opened as a data directory afterwards.
 */
export function copyEmbedded(dataDirectory: string, target: string): void {
  if (!hasEmbedded(dataDirectory)) throw nothingThere(dataDirectory);
  const lock = lockDataDirectory(dataDirectory);
  try {
    cpSync(join(dataDirectory, "pg"), join(target, "pg"), { recursive: true });
  } finally {
    lock.release();
  }
}

/** Whether there is an embedded database in a data directory. */
export function hasEmbedded(dataDirectory: string): boolean {
  return existsSync(join(dataDirectory, "pg"));
}

async function openPglite(directory: string): Promise<ReadOnlySession> {
  if (!hasEmbedded(directory)) throw nothingThere(directory);
  const lock = lockDataDirectory(directory);
  try {
    const pglite = await openPGlite(directory);
    await pglite.exec(READ_ONLY);
    const query = async <Row>(sql: string, parameters: readonly unknown[] = []) =>
      (await pglite.query<Row>(sql, parameters as unknown[])).rows;
    const close = async () => {
      await pglite.close();
      lock.release();
    };
    return { kind: "embedded", query, rows: (sql) => rowsOf(query, sql), close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openPostgres(url: string): Promise<ReadOnlySession> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({
    connectionString: url,
    application_name: "leadgate reading",
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.query(READ_ONLY);
  } catch (error) {
    throw asUnavailable(error);
  }
  const query = async <Row>(sql: string, parameters: readonly unknown[] = []) =>
    (await client.query(sql, parameters as unknown[])).rows as Row[];
  return { kind: "postgres", query, rows: (sql) => rowsOf(query, sql), close: () => client.end() };
}

const READ_ONLY = "SET TIME ZONE 'UTC'; SET default_transaction_read_only = on";

async function* rowsOf<Row>(query: <R>(sql: string) => Promise<R[]>, sql: string): AsyncGenerator<Row> {
  await query("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY");
  try {
    await query(`DECLARE reading NO SCROLL CURSOR FOR ${sql}`);
    for (;;) {
      const rows = await query<Row>(`FETCH ${FETCH} FROM reading`);
      yield* rows;
      if (rows.length < FETCH) return;
    }
  } finally {
    await query("ROLLBACK");
  }
}

function nothingThere(directory: string): LeadgateError {
  return new LeadgateError(
    "not-found",
    `There is no database in ${directory} yet. Start the service once (leadgate serve), or set DATA_DIR or DATABASE_URL.`,
  );
}
