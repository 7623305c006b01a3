import type { Migration } from "./migrate.ts";
import type { ReadOnlySession } from "./read-only.ts";
import { SCRATCH_PREFIX } from "./scratch.ts";

/** What a database says of its own health. */
export interface VitalSigns {
  /** Its clock. */
  readonly now: Date;
  /** When the follow-up fell due that has been due longest. */
  readonly dueSince: Date | null;
  readonly uncertain: number;
  readonly failed: number;
  readonly pauses: readonly { readonly provider: string; readonly reason: string; readonly since: Date }[];
}

export async function readVitalSigns(session: ReadOnlySession): Promise<VitalSigns> {
  const [signs] = await session.query<Omit<VitalSigns, "pauses">>(`
    SELECT clock_timestamp() AS now,
      (SELECT min(due_at) FROM sent_messages WHERE status = 'queued' AND due_at <= clock_timestamp()) AS "dueSince",
      (SELECT count(*) FROM sent_messages WHERE status = 'uncertain')::int AS uncertain,
      (SELECT count(*) FROM sent_messages WHERE status = 'failed')::int AS failed`);
  const pauses = await session.query<VitalSigns["pauses"][number]>("SELECT provider, reason, since FROM mail_pauses");
  return { ...signs!, pauses };
}

/** Names of migrations that are not applied, and of applied ones that were edited since or never finished. */
export async function checkMigrations(
  session: ReadOnlySession,
  migrations: readonly Migration[],
): Promise<{ readonly pending: string[]; readonly broken: string[] }> {
  const [{ there } = { there: false }] = await session.query<{ there: boolean }>(
    "SELECT to_regclass('_prisma_migrations') IS NOT NULL AS there",
  );
  if (!there) return { pending: migrations.map(({ name }) => name), broken: [] };
  const rows = await session.query<{ name: string; checksum: string; finished: boolean }>(`
    SELECT migration_name AS name, checksum, finished_at IS NOT NULL AS finished
    FROM _prisma_migrations WHERE rolled_back_at IS NULL`);
  const applied = new Map(rows.map((row) => [row.name, row]));
  const isBroken = ({ name, checksum }: Migration) => {
    const row = applied.get(name);
    return row !== undefined && (!row.finished || row.checksum !== checksum);
  };
  return {
    pending: migrations.filter(({ name }) => !applied.has(name)).map(({ name }) => name),
    broken: migrations.filter(isBroken).map(({ name }) => name),
  };
}

/** Every lead's key. */
export async function* readEmails(session: ReadOnlySession): AsyncGenerator<string> {
  for await (const { email } of session.rows<{ email: string }>("SELECT email FROM leads ORDER BY id")) yield email;
}

/** Databases on the server that a replay made and that nobody is connected to: it was killed before it could drop them. */
export async function findLeftScratches(session: ReadOnlySession): Promise<string[]> {
  if (session.kind === "embedded") return [];
  const rows = await session.query<{ name: string }>(`
    SELECT datname AS name FROM pg_database WHERE datname LIKE '${SCRATCH_PREFIX.replaceAll("_", "\\_")}%'
      AND NOT EXISTS (SELECT 1 FROM pg_stat_activity activity WHERE activity.datname = pg_database.datname)`);
  return rows.map(({ name }) => name);
}
