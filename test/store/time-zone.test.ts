import { afterAll, beforeAll, expect, test } from "@jest/globals";
import pg from "pg";
import { type Database, openDatabase } from "../../src/store/client.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { startInstance } from "../support/instance.ts";
import { rowsOf } from "../support/rows.ts";

let fresh: TestDatabase;
let database: Database;
beforeAll(async () => {
  fresh = await openTestDatabase();
  if (fresh.url === undefined) {
    database = fresh.database;
    return;
  }
  const client = new pg.Client({ connectionString: fresh.url });
  await client.connect();
  await client.query(`ALTER DATABASE ${new URL(fresh.url).pathname.slice(1)} SET timezone = 'America/New_York'`);
  await client.end();
  database = await openDatabase({ url: fresh.url, dataDirectory: "unused", poolSize: 5 });
});
afterAll(async () => {
  if (database !== fresh.database) await database.close();
  await fresh.close();
});

/** Around the hour that New York has twice, the one it skips, and far from today. */
const MOMENTS = [
  "2025-11-02T05:30:00.123Z",
  "2025-11-02T06:30:00.123Z",
  "2026-03-08T07:30:00.001Z",
  "1900-01-01T00:00:00.000Z",
  "2026-07-01T23:59:59.999Z",
];

test.each(MOMENTS)(
  "the moment %s comes back as it was, by every way in and out, whatever the server's time zone",
  async (iso) => {
    const at = new Date(iso);
    const name = `key ${iso}`;
    const { prisma } = database;
    await prisma.apiKey.create({
      data: { id: crypto.randomUUID(), name, hash: name, prefix: "", lastFour: "", scopes: [], createdAt: at },
    });
    await prisma.$executeRaw`UPDATE api_keys SET last_used_at = ${at} WHERE name = ${name}`;
    await prisma.$executeRaw`UPDATE api_keys SET revoked_at = value::timestamptz
    FROM json_array_elements_text(${JSON.stringify([at])}::json) AS value WHERE name = ${name}`;
    const kept = await prisma.apiKey.findFirstOrThrow({ where: { name, createdAt: at, revokedAt: at } });
    const [raw] = await prisma.$queryRaw<Record<string, Date>[]>`
    SELECT created_at, last_used_at, revoked_at FROM api_keys WHERE last_used_at = ${at} AND name = ${name}`;
    const epochs = await rowsOf(
      database,
      `SELECT extract(epoch FROM created_at)::float8 AS s FROM api_keys WHERE name = '${name}'`,
    );
    const all = [kept.createdAt, kept.lastUsedAt, kept.revokedAt, ...Object.values(raw!)];
    expect(all.map((date) => date?.toISOString())).toEqual(Array(6).fill(iso));
    expect(epochs).toEqual([{ s: at.getTime() / 1000 }]);
  },
);

test("pages of a list follow each other without a gap where many leads were made in one millisecond", async () => {
  const instance = await startInstance();
  const items = Array.from({ length: 25 }, (_, index) => ({ email: `p${index}@example.com` }));
  await instance.post("/v1/leads", items);
  const seen: string[] = [];
  let path = "/v1/leads?limit=7";
  while (path !== "") {
    const { body } = await instance.get(path);
    seen.push(...body.data.map(({ email }: { email: string }) => email));
    path = body.nextCursor === null ? "" : `/v1/leads?limit=7&cursor=${encodeURIComponent(body.nextCursor)}`;
  }
  expect(seen.toSorted()).toEqual(items.map(({ email }) => email).toSorted());
  await instance.close();
});
