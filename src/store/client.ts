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
  /** How many connections there are; absent where there is no pool. */
  readonly pool?: () => PoolState;
  close(): Promise<void>;
}

/** Connections to PostgreSQL, and callers that wait for one. */
export interface PoolState {
  readonly busy: number;
  readonly idle: number;
  readonly waiting: number;
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
  if (options.url === undefined) return openEmbeddedDatabase(options.dataDirectory);
  // Loaded when it is wanted: the driver takes a tenth of a second that the embedded database's start can do without.
  const { openPostgres } = await import("./postgres.ts");
  return { kind: "postgres", mutex: undefined, ...(await openPostgres(options.url, options)) };
}

async function openEmbeddedDatabase(directory: string): Promise<Database> {
  const lock: DataLock = lockDataDirectory(directory);
  let opened: { close(): Promise<void> } | undefined;
  try {
    const pglite = await openEmbedded(directory);
    opened = pglite;
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
    // Closed before the lock goes: whoever takes it next must not find this one still writing.
    await opened?.close();
    lock.release();
    throw error;
  }
}

/** Asks the database for a sign of life. */
export async function ping(database: Database): Promise<void> {
  await database.prisma.$queryRaw`SELECT 1`;
}
