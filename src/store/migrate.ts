import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";

/** One connection on which several statements may be sent at once; both drivers offer it. */
export interface MigrationSession {
  exec(sql: string): Promise<unknown>;
  query(sql: string, parameters?: readonly unknown[]): Promise<{ rows: unknown[] }>;
}

export interface Migration {
  readonly name: string;
  readonly sql: string;
  /** SHA-256 of the file, as Prisma records it. */
  readonly checksum: string;
}

interface AppliedMigration {
  readonly migration_name: string;
  readonly checksum: string;
  readonly finished_at: unknown;
  readonly rolled_back_at: unknown;
}

/** Any number will do, as long as no other program on the same database takes it. */
const ADVISORY_LOCK = 7_202_611_240;

/** The folder of the hand-written migrations, the same from `src/` and from `dist/`. */
export const MIGRATIONS_DIRECTORY = fileURLToPath(new URL("../../prisma/migrations", import.meta.url));

/** The migrations of a folder in the order they are applied, which is that of their names. */
export function readMigrations(directory: string = MIGRATIONS_DIRECTORY): Migration[] {
  return readdirSync(directory, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort()
    .map((name) => {
      const sql = readFileSync(join(directory, name, "migration.sql"), "utf8");
      return { name, sql, checksum: createHash("sha256").update(sql).digest("hex") };
    });
}

/**
 * Brings a database up to date in one transaction, so that it is migrated whole or not at all. Processes that start
 * together take turns. Recorded as `prisma migrate deploy` does, which then finds nothing to do.
 *
 * Migrations that a newer release has applied are left alone: an older process may run on during a rolling upgrade.
 *
 * @returns the names of the migrations applied now.
 * @throws LeadgateError `bad-setting` when an applied migration was edited since, or had failed.
 */
export async function migrate(session: MigrationSession, migrations = readMigrations()): Promise<string[]> {
  await session.exec("BEGIN");
  try {
    await session.query(`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})`);
    await session.exec(CREATE_HISTORY);
    const applied = await readHistory(session);
    const pending = migrations.filter((migration) => !isApplied(migration, applied));
    for (const migration of pending) await apply(session, migration);
    await session.exec("COMMIT");
    return pending.map((migration) => migration.name);
  } catch (error) {
    await session.exec("ROLLBACK").catch(() => undefined);
    throw error;
  }
}

async function readHistory(session: MigrationSession): Promise<Map<string, AppliedMigration>> {
  const { rows } = await session.query(
    "SELECT migration_name, checksum, finished_at, rolled_back_at FROM _prisma_migrations WHERE rolled_back_at IS NULL",
  );
  return new Map((rows as AppliedMigration[]).map((row) => [row.migration_name, row]));
}

function isApplied(migration: Migration, history: ReadonlyMap<string, AppliedMigration>): boolean {
  const row = history.get(migration.name);
  if (row === undefined) return false;
  if (row.finished_at === null) throw broken(migration.name, "was begun but never finished");
  if (row.checksum !== migration.checksum) throw broken(migration.name, "was edited after it had been applied");
  return true;
}

function broken(name: string, what: string): LeadgateError {
  return new LeadgateError(
    "bad-setting",
    `Migration ${name} ${what}. Restore the file from the release you run, or restore the database from a backup.`,
  );
}

async function apply(session: MigrationSession, migration: Migration): Promise<void> {
  await session.exec(migration.sql);
  await session.query(
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, started_at, finished_at, applied_steps_count)
     VALUES ($1, $2, $3, now(), now(), 1)`,
    [uuidV7(), migration.checksum, migration.name],
  );
}

/** As Prisma's schema engine creates it (prisma-engines, sql-schema-connector, PostgreSQL flavour). */
const CREATE_HISTORY = `CREATE TABLE IF NOT EXISTS _prisma_migrations (
  id                  varchar(36) PRIMARY KEY NOT NULL,
  checksum            varchar(64) NOT NULL,
  finished_at         timestamptz,
  migration_name      varchar(255) NOT NULL,
  logs                text,
  rolled_back_at      timestamptz,
  started_at          timestamptz NOT NULL DEFAULT now(),
  applied_steps_count integer NOT NULL DEFAULT 0
)`;
