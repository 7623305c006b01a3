import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import type { Database, Queryable } from "../../src/store/client.ts";
import { openDatabase } from "../../src/store/client.ts";
import { inTransaction, withDatabase } from "../../src/store/transaction.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startLink } from "../support/link.ts";
import { rowsOf } from "../support/rows.ts";

let fresh: TestDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await openTestDatabase();
  database = fresh.database;
});
afterAll(() => fresh.close());

const insert = (db: Queryable, name: string) =>
  db.$executeRawUnsafe(`INSERT INTO instance (name, value) VALUES ('${name}', '')`);
function signal() {
  let give = () => {};
  const given = new Promise<void>((resolve) => {
    give = resolve;
  });
  return { given, give: () => give() };
}

const names = async (like: string) =>
  (await rowsOf<{ name: string }>(database, `SELECT name FROM instance WHERE name LIKE '${like}%' ORDER BY 1`)).map(
    ({ name }) => name,
  );
/** Fails as PostgreSQL does when two transactions can't both be right. */
const fail = (db: Queryable, state: string) =>
  db.$executeRawUnsafe(`DO $$ BEGIN RAISE 'x' USING ERRCODE = '${state}'; END $$`);

test.each(["40001", "40P01"])(
  "a transaction that loses a conflict (%s) is begun again, and its first try leaves nothing",
  async (state) => {
    let tries = 0;
    const result = await inTransaction(database, async (db) => {
      await insert(db, `conflict-${state}-${++tries}`);
      if (tries < 3) await fail(db, state);
      return tries;
    });
    expect(result).toBe(3);
    expect(await names(`conflict-${state}`)).toEqual([`conflict-${state}-3`]);
  },
);

test("conflicts without end are told as unavailable, with a time to come back", async () => {
  await expect(inTransaction(database, (db) => fail(db, "40001"))).rejects.toMatchObject({
    kind: "unavailable",
    retryAfterSeconds: expect.any(Number),
  });
});

test("a bug is not retried, is told as it is, and leaves nothing", async () => {
  let tries = 0;
  const work = async (db: Queryable) => {
    tries++;
    await insert(db, "bug");
    await fail(db, "22012");
  };
  await expect(inTransaction(database, work)).rejects.not.toHaveProperty("kind", "unavailable");
  expect(tries).toBe(1);
  expect(await names("bug")).toEqual([]);
});

test("transactions that wait for each other in a circle both come through", async () => {
  await insert(database.prisma, "circle-a");
  await insert(database.prisma, "circle-b");
  const touch = (db: Queryable, name: string) =>
    db.$executeRawUnsafe(`UPDATE instance SET value = value || 'x' WHERE name = 'circle-${name}'`);
  const started = [signal(), signal()] as const;
  const run = (own: 0 | 1, [first, second]: readonly [string, string]) =>
    inTransaction(database, async (db) => {
      await touch(db, first);
      started[own].give();
      // The embedded database lets one in at a time; there the other has not begun.
      if (database.kind === "postgres") await started[1 - own]!.given;
      await touch(db, second);
    });
  await Promise.all([run(0, ["a", "b"]), run(1, ["b", "a"])]);
  const values = await rowsOf(database, "SELECT value FROM instance WHERE name LIKE 'circle%'");
  expect(values).toEqual([{ value: "xx" }, { value: "xx" }]);
});

test("a database that is away is told as unavailable, by reads and by transactions, until it is back", async () => {
  if (fresh.url === undefined) return; // The embedded database is in this process: it can't be away.
  const link = await startLink(fresh.url);
  const away = await openDatabase({ url: link.url, dataDirectory: "unused", poolSize: 2 });
  const asks = [
    () => withDatabase(() => rowsOf(away, "SELECT 1 AS one")),
    () => inTransaction(away, (db) => db.$queryRawUnsafe("SELECT 1 AS one")),
  ];
  await link.cut();
  for (const ask of [...asks, ...asks]) {
    await expect(ask()).rejects.toMatchObject({ kind: "unavailable", retryAfterSeconds: expect.any(Number) });
  }
  await link.mend();
  for (const ask of asks) expect(await ask()).toEqual([{ one: 1 }]);
  await away.close();
  await link.cut();
});

test("a connection cut in the middle of a transaction is told as unavailable, and the next one works", async () => {
  if (fresh.url === undefined) return;
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  const cut = inTransaction(database, async (db) => {
    await insert(db, "cut");
    const [own] = await db.$queryRaw<{ pid: number }[]>`SELECT pg_backend_pid() AS pid`;
    await client.query("SELECT pg_terminate_backend($1, 5000)", [own!.pid]);
    await insert(db, "cut-2");
  });
  await expect(cut).rejects.toMatchObject({ kind: "unavailable" });
  await client.end();
  await inTransaction(database, (db) => insert(db, "after-cut"));
  expect(await names("cut")).toEqual([]);
  expect(await names("after-cut")).toEqual(["after-cut"]);
});
