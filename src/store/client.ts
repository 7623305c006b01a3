import { type Embedded, openEmbedded } from "./embedded-client.ts";
import type { Prisma, PrismaClient } from "./generated/client.ts";
import { type DataLock, lockDataDirectory } from "./lock.ts";
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
  /** There where it was away when it was opened: migrates it. To be called before anything else is asked of it. */
  readonly complete?: () => Promise<void>;
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
  /** Opens PostgreSQL although it is away; see `Database.complete`. */
  readonly evenIfAway?: boolean;
  /** Told of connections that broke while idle; the pool replaces them by itself. */
  readonly onIdleError?: (error: Error) => void;
}

/**
 * Opens the database and applies the migrations it lacks.
 *
 * @throws LeadgateError `locked` when another process has the embedded database open, `unavailable` when PostgreSQL is
 *   away.
 */
export async function openDatabase(options: DatabaseOptions): Promise<Database> {
  if (options.url === undefined) return openEmbeddedDatabase(options.dataDirectory);
  // Loaded when it is wanted: the driver takes a tenth of a second that the embedded database's start can do without.
  const { openPostgres } = await import("./postgres.ts");
  return { kind: "postgres", mutex: undefined, ...(await openPostgres(options.url, options)) };
}

async function openEmbeddedDatabase(directory: string): Promise<Database> {
  const lock: DataLock = lockDataDirectory(directory);
  let opened: Embedded | undefined;
  try {
    const opening = openEmbedded(directory);
    // Loaded while the database opens in its thread.
    const [{ PrismaClient }, embedded] = await Promise.all([import("./generated/client.ts"), opening]);
    opened = embedded;
    const { adapter, applied, close } = embedded;
    const prisma = new PrismaClient({ adapter });
    const closeAll = async () => {
      await prisma.$disconnect();
      await close();
      lock.release();
    };
    return { kind: "embedded", prisma, mutex: createMutex(), applied, close: closeAll };
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
