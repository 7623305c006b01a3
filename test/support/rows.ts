import type { Database } from "../../src/store/client.ts";

const TABLES = [
  "leads",
  "submissions",
  "sent_messages",
  "decisions",
  "lead_changes",
  "quarantine",
  "hooks",
  "hook_deliveries",
  "api_keys",
  "instance",
];

/** Rows of a query, with the columns' own names. */
export async function rowsOf<Row = Record<string, unknown>>(database: Database, sql: string): Promise<Row[]> {
  return database.prisma.$queryRawUnsafe<Row[]>(sql);
}

/** Every row of every table as text, so that two dumps are equal exactly when nothing changed. */
export async function dump(database: Database): Promise<Record<string, string[]>> {
  const all: Record<string, string[]> = {};
  for (const table of TABLES) {
    const rows = await rowsOf<{ row: string }>(database, `SELECT t::text AS row FROM ${table} t ORDER BY 1`);
    all[table] = rows.map(({ row }) => row);
  }
  return all;
}

/** How many rows a table has, or those of it that a condition picks. */
export async function countOf(database: Database, table: string, condition = "true"): Promise<number> {
  const [row] = await rowsOf<{ count: number }>(
    database,
    `SELECT count(*)::int AS count FROM ${table} WHERE ${condition}`,
  );
  return row!.count;
}
