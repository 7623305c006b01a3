import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { type Model, readPrismaSchema } from "../support/prisma-schema.ts";
import { rowsOf } from "../support/rows.ts";

const SCHEMA = fileURLToPath(new URL("../../prisma/schema.prisma", import.meta.url));
const models = readPrismaSchema(readFileSync(SCHEMA, "utf8"));

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.close());

const strings = async (sql: string) =>
  (await rowsOf<{ text: string }>(database.database, sql)).map(({ text }) => text).sort();

test("the database has the tables of the Prisma schema and no others", async () => {
  const tables = await strings(
    "SELECT relname AS text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  );
  expect(tables.filter((name) => name !== "_prisma_migrations")).toEqual(models.map(({ table }) => table).sort());
});

test("the comparison looks at every field there is", () => {
  expect(models.flatMap(({ columns }) => columns).length).toBeGreaterThan(80);
  expect(models.flatMap(({ uniques }) => uniques).length).toBeGreaterThan(4);
  expect(models.flatMap(({ indexes }) => indexes).length).toBeGreaterThan(9);
  expect(models.flatMap(({ foreignKeys }) => foreignKeys).length).toBeGreaterThan(3);
});

describe.each(models)("table $table", ({ table, ...model }: Model) => {
  test("has each column with its type, nullability and default", async () => {
    const columns = await rowsOf(
      database.database,
      `SELECT attname AS name, format_type(atttypid, atttypmod) AS type, NOT attnotnull AS nullable,
        pg_get_expr(adbin, adrelid) AS "default"
      FROM pg_attribute LEFT JOIN pg_attrdef ON adrelid = attrelid AND adnum = attnum
      WHERE attrelid = '${table}'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attname COLLATE "C"`,
    );
    expect(columns).toEqual(model.columns.toSorted((a, b) => (a.name < b.name ? -1 : 1)));
  });

  test("has its primary key and unique constraints by name", async () => {
    const constraints = await strings(
      `SELECT conname || ' ' || pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE conrelid = '${table}'::regclass AND contype IN ('p', 'u')`,
    );
    expect(constraints).toEqual([model.primaryKey, ...model.uniques].sort());
  });

  test("has its indexes by name; partial ones and those over expressions are of the migrations alone", async () => {
    const indexes = await strings(
      `SELECT relname || ' ' || substring(pg_get_indexdef(indexrelid) FROM '\\(.*\\)$') AS text
      FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
      WHERE indrelid = '${table}'::regclass AND NOT indisunique AND indpred IS NULL AND indexprs IS NULL`,
    );
    expect(indexes).toEqual(model.indexes.toSorted());
  });

  test("has its foreign keys by name", async () => {
    const keys = await strings(
      `SELECT conname || ' ' || pg_get_constraintdef(oid) AS text FROM pg_constraint
      WHERE conrelid = '${table}'::regclass AND contype = 'f'`,
    );
    expect(keys).toEqual(model.foreignKeys.toSorted());
  });
});
