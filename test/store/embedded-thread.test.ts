import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { uuidV7 } from "../../src/base/ids.ts";
import type { Database } from "../../src/store/client.ts";
import { isDuplicate } from "../../src/store/transaction.ts";
import { numbers } from "../support/parallel.ts";

// What is built runs the embedded database in a thread; the sources, which the other suites run, do not.
const BUILT = fileURLToPath(new URL("../../dist/store/client.js", import.meta.url));

let folder: string;
let database: Database;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "leadgate-thread-"));
  const { openDatabase } = (await import(BUILT)) as typeof import("../../src/store/client.ts");
  database = await openDatabase({ dataDirectory: folder, poolSize: 1 });
});
afterAll(async () => {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
});

const key = (hash: string) => {
  const data = { id: uuidV7(), name: "key", hash, prefix: "lg_", lastFour: "abcd", scopes: ["read"] };
  return { data: { ...data, createdAt: new Date(0) } };
};

test("what the database refuses is told from bugs on the other side of the thread", async () => {
  await database.prisma.apiKey.create(key("twice"));
  const refused = await database.prisma.apiKey.create(key("twice")).catch((error: unknown) => error);
  expect(isDuplicate(refused)).toBe(true);
  const broken = await database.prisma.$queryRaw`SELECT no_such_column`.catch((error: unknown) => error);
  expect(isDuplicate(broken)).toBe(false);
  expect(broken).toMatchObject({ name: expect.stringContaining("Prisma") });
});

test("a transaction that fails leaves nothing, and those at the same time are not touched by it", async () => {
  const transactions = numbers(20).map((index) =>
    database.prisma.$transaction(async (db) => {
      await db.apiKey.create(key(`together${index}`));
      if (index % 2 === 1) throw new Error("not this one");
    }),
  );
  await Promise.allSettled(transactions);
  const kept = await database.prisma.apiKey.findMany({ where: { hash: { startsWith: "together" } } });
  expect(kept.map(({ hash }) => hash).sort()).toEqual(
    numbers(20)
      .filter((index) => index % 2 === 0)
      .map((index) => `together${index}`)
      .sort(),
  );
});

test("times, texts and JSON come through the thread as they were", async () => {
  const said = { text: "\ufeffüñ 日本 'quoted'", when: new Date("2026-11-25T01:02:03.004Z") };
  const [row] = await database.prisma.$queryRaw<{ text: string; when: Date; json: unknown }[]>`
    SELECT ${said.text} AS text, ${said.when}::timestamptz AS when, ${JSON.stringify({ a: [1, null] })}::jsonb AS json`;
  expect(row).toEqual({ ...said, json: { a: [1, null] } });
});
