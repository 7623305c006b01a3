import { PrismaPg } from "@prisma/adapter-pg";
import pg from "pg";
import { LeadgateError } from "../base/errors.ts";
import { asUnavailable, DatabaseAway } from "./database-away.ts";
import { PrismaClient } from "./generated/client.ts";
import { migrate } from "./migrate.ts";
import { nameStatement } from "./prepared.ts";

interface PostgresOptions {
  /** Connections at most. */
  readonly poolSize: number;
  readonly evenIfAway?: boolean;
  readonly onIdleError?: (error: Error) => void;
}

/** Opens PostgreSQL through a pool of connections and applies the migrations it lacks. */
export async function openPostgres(url: string, options: PostgresOptions) {
  const pool = new pg.Pool({
    connectionString: url,
    max: options.poolSize,
    connectionTimeoutMillis: 5_000,
    application_name: "leadgate",
    // Prisma's adapters drop the offset of a timestamptz and read it as UTC, so every session must speak UTC. No query
    // here runs long enough for compiling it to pay; the planner thinks some do, and spends 50 ms.
    onConnect: async (client) => {
      await client.query("SET TIME ZONE 'UTC'; SET jit = off");
    },
  });
  pool.on("error", (error) => options.onIdleError?.(error));
  const applied = await migrateOn(pool).catch(async (thrown: unknown) => {
    const error = asUnavailable(thrown);
    const code = String((thrown as { code?: unknown }).code);
    if (options.evenIfAway && error instanceof DatabaseAway && !REFUSED.test(code)) return undefined;
    await pool.end();
    throw REFUSED.test(code) ? refused(code) : error;
  });
  const prisma = new PrismaClient({ adapter: new PrismaPg(pool, { statementNameGenerator: nameStatement }) });
  const close = async () => {
    await prisma.$disconnect();
    await pool.end();
  };
  const state = () => {
    return { busy: pool.totalCount - pool.idleCount, idle: pool.idleCount, waiting: pool.waitingCount };
  };
  const opened = { prisma, applied: applied ?? [], close, pool: state };
  return applied === undefined ? { ...opened, complete: async () => void (await migrateOn(pool)) } : opened;
}

/** SQLSTATE of a wrong user or password, and of a database that is not there: waiting mends neither. */
const REFUSED = /^(28\w{3}|3D000)$/;

function refused(code: string): LeadgateError {
  const message = `is refused by PostgreSQL (${code}); see whether user, password and the database's name are right`;
  return new LeadgateError("bad-setting", `DATABASE_URL ${message}.`, { faults: [{ path: "DATABASE_URL", message }] });
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
