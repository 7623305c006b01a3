import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { PrismaClient } from "./generated/client.ts";
import { migrate } from "./migrate.ts";

interface PostgresOptions {
  /** Connections at most. */
  readonly poolSize: number;
  readonly onIdleError?: (error: Error) => void;
}

/** Opens PostgreSQL through a pool of connections and applies the migrations it lacks. */
export async function openPostgres(url: string, options: PostgresOptions) {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: "leadgate",
  });
  pool.on("error", (error) => options.onIdleError?.(error));
  // Prisma's adapters drop the offset of a timestamptz and read it as UTC, so every session must speak UTC. No
  // query here runs long enough for compiling it to pay; the planner thinks some do, and spends 50 ms.
  pool.on("connect", (client) => {
    client.query("SET TIME ZONE 'UTC'; SET jit = off").catch(() => undefined);
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
  const state = () => {
    return { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount };
  };
  return { prisma, applied, close, pool: state };
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
