import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { type Database, openDatabase } from "../../src/store/client.ts";

/** A database of its own for one test file, gone when it is closed. */
export interface TestDatabase {
  readonly database: Database;
  /** Connection string, where it is PostgreSQL. */
  readonly url: string | undefined;
  close(): Promise<void>;
}

/** A fresh database: in `TEST_DATABASE_URL`'s server when that is set, else an embedded one in a temporary folder. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = process.env.TEST_DATABASE_URL;
  return server === undefined || server === "" ? openEmbedded() : openOnServer(server);
}

async function openEmbedded(): Promise<TestDatabase> {
  const dataDirectory = mkdtempSync(join(tmpdir(), "leadgate-test-"));
  const database = await openDatabase({ dataDirectory, poolSize: 1 });
  const close = async () => {
    await database.close();
    rmSync(dataDirectory, { recursive: true, force: true });
  };
  return { database, url: undefined, close };
}

async function openOnServer(server: string): Promise<TestDatabase> {
  const name = `leadgate_test_${randomBytes(6).toString("hex")}`;
  await onServer(server, `CREATE DATABASE ${name}`);
  const url = new URL(server);
  url.pathname = `/${name}`;
  const database = await openDatabase({ url: url.href, dataDirectory: "unused", poolSize: 10 });
  const close = async () => {
    await database.close();
    await onServer(server, `DROP DATABASE ${name} WITH (FORCE)`);
  };
  return { database, url: url.href, close };
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
