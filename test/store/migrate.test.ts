import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PGlite } from "@electric-sql/pglite";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { openDatabase } from "../../src/store/client.ts";
import {
  MIGRATIONS_DIRECTORY,
  type Migration,
  type MigrationSession,
  migrate,
  readMigrations,
} from "../../src/store/migrate.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { rowsOf } from "../support/rows.ts";

let fresh: TestDatabase;
let session: MigrationSession;
let end: () => Promise<void>;
beforeAll(async () => {
  fresh = await openTestDatabase();
  if (fresh.url === undefined) {
    const pglite = await PGlite.create();
    session = pglite as unknown as MigrationSession;
    end = () => pglite.close();
    await migrate(session);
  } else {
    const client = new pg.Client({ connectionString: fresh.url });
    await client.connect();
    session = {
      exec: (sql) => client.query(sql),
      query: (sql, parameters) => client.query(sql, parameters as unknown[]),
    };
    end = () => client.end();
  }
});
afterAll(async () => {
  await end();
  await fresh.close();
});

const migration = (name: string, sql: string): Migration => ({
  name,
  sql,
  checksum: createHash("sha256").update(sql).digest("hex"),
});
const history = async () =>
  (await session.query("SELECT * FROM _prisma_migrations ORDER BY migration_name")).rows as Record<string, unknown>[];

test("migrations are recorded as Prisma records them, so that `prisma migrate deploy` finds nothing to do", async () => {
  const rows = await rowsOf(fresh.database, "SELECT * FROM _prisma_migrations ORDER BY migration_name");
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    const file = readFileSync(join(MIGRATIONS_DIRECTORY, String(row.migration_name), "migration.sql"));
    expect(row).toMatchObject({
      checksum: createHash("sha256").update(file).digest("hex"),
      finished_at: expect.any(Date),
      started_at: expect.any(Date),
      rolled_back_at: null,
      logs: null,
      applied_steps_count: 1,
    });
    expect(String(row.id)).toHaveLength(36);
  }
});

test("a second run applies nothing", async () => {
  const before = await history();
  expect(await migrate(session)).toEqual([]);
  expect(await history()).toEqual(before);
});

test("an applied migration that was edited since stops the start, and nothing is applied", async () => {
  const [first] = readMigrations();
  const edited = migration(first!.name, `${first!.sql}\n-- edited`);
  const next = migration("9000_next", "CREATE TABLE never (id int)");
  await expect(migrate(session, [edited, next])).rejects.toMatchObject({ kind: "bad-setting" });
  expect((await session.query("SELECT to_regclass('never') AS never")).rows).toEqual([{ never: null }]);
});

test("a migration that fails leaves nothing behind, and is applied once mended", async () => {
  const before = await history();
  const broken = [migration("9001_good", "CREATE TABLE half (id int)"), migration("9002_bad", "CREATE TABL oops")];
  await expect(migrate(session, [...readMigrations(), ...broken])).rejects.toThrow(/syntax error/);
  expect(await history()).toEqual(before);
  expect((await session.query("SELECT to_regclass('half') AS half")).rows).toEqual([{ half: null }]);
  const mended = [broken[0]!, migration("9002_bad", "DROP TABLE half")];
  expect(await migrate(session, [...readMigrations(), ...mended])).toEqual(["9001_good", "9002_bad"]);
});

test("an older release runs on beside migrations it does not know", async () => {
  await migrate(session, [...readMigrations(), migration("9003_newer", "SELECT 1")]);
  expect(await migrate(session)).toEqual([]);
});

test("processes that start together on an empty database migrate it once", async () => {
  if (fresh.url === undefined) return; // The embedded database has one process, which test/store/lock.test.ts shows.
  const empty = `${new URL(fresh.url).pathname.slice(1)}_empty`;
  await session.query(`CREATE DATABASE ${empty}`);
  const url = new URL(fresh.url);
  url.pathname = `/${empty}`;
  const open = () => openDatabase({ url: url.href, dataDirectory: "unused", poolSize: 2 });
  const databases = await Promise.all([open(), open(), open()]);
  expect(databases.flatMap(({ applied }) => applied)).toEqual(readMigrations().map(({ name }) => name));
  await Promise.all(databases.map((database) => database.close()));
  await session.query(`DROP DATABASE ${empty} WITH (FORCE)`);
});
