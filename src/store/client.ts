import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { openEmbedded } from "./embedded.ts";
import { type Prisma, PrismaClient } from "./generated/client.ts";
import { type DataLock, lockDataDirectory } from "./lock.ts";
import { type MigrationSession, migrate } from "./migrate.ts";
import { createMutex, type Mutex } from "./mutex.ts";

/** Prisma's client inside or outside of a transaction: what every statement of the store is sent through. */
export type Queryable = Prisma.TransactionClient;

/** An open, migrated database, embedded or PostgreSQL, behind the same client and the same SQL. */
export interface Database {
  readonly kind: "embedded" | "postgres";
  readonly prisma: PrismaClient;
  /** Transactions of the embedded database take turns here: it is one connection. */
  readonly mutex: Mutex | undefined;
  /** Names of the migrations this opening applied. */
  readonly applied: readonly string[];
  close(): Promise<void>;
}

export interface DatabaseOptions {
  /** `postgresql://…`; without it the embedded database of `dataDirectory` is opened. */
  readonly url?: string | undefined;
  readonly dataDirectory: string;
  /** Connections to PostgreSQL at most. */
  readonly poolSize: number;
  /** Told of connections that broke while idle; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Opens the database and applies the migrations it lacks.
 *
 * @throws LeadgateError `locked` when another process has the embedded database open.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  return options.url === undefined ? openEmbeddedDatabase(options.dataDirectory) : openPostgres(options.url, options);
}

async function openEmbeddedDatabase(directory: string): Promise<Database> {
  const lock: DataLock = lockDataDirectory(directory);
  try {
    const pglite = await openEmbedded(directory);
    await pglite.exec("SET TIME ZONE 'UTC'");
    const applied = await migrate(pglite as unknown as MigrationSession);
    const prisma = new PrismaClient({ adapter: new PrismaPGlite(pglite) });
    const close = async () => {
      await prisma.$disconnect();
      await pglite.close();
      lock.release();
    };
    return { kind: "embedded", prisma, mutex: createMutex(), applied, close };
  } catch (error) {
    lock.release();
    throw error;
  }
}

async function openPostgres(url: string, options: DatabaseOptions): Promise<Database> {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: "leadgate",
  });
  pool.on("error", (error) => options.onIdleError?.(error));
  // Prisma's adapters drop the offset of a timestamptz and read it as UTC, so every session must speak UTC.
  pool.on("connect", (client) => {
    client.query("SET TIME ZONE 'UTC'").catch(() => undefined);
  });
  const applied = await migrateOn(pool).catch(async (error: unknown) => {
    await pool.end();
    throw error;
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool) });
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
  };
  return { kind: "postgres", prisma, mutex: undefined, applied, close };
}

async function migrateOn(pool: pg.Pool): Promise<string[]> {
  const client = await pool.connect();
  try {
    return await migrate({
      exec: (sql) => client.query(sql),
      query: (sql, parameters) => client.query(sql, parameters as unknown[] | undefined),
    });
  } finally {
    client.release();
  }
}

/** Asks the database for a sign of life. */
export async function ping(database: Database): Promise<void> {
  await database.prisma.$queryRaw`SELECT 1`;
}
