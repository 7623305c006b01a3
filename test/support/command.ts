import { type ChildProcess, spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import pg from "pg";

const MAIN = fileURLToPath(new URL("../../dist/main.js", import.meta.url));

export const KEY = "lg_test-administrator-key-0123456789";

/** What a command did. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
  /** Its last line of output, as JSON. */
  readonly json: () => unknown;
}

/** A folder of its own, in which commands run as real processes, as from a shell. */
export class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "leadgate-cli-"));
  #url: string | undefined;
  #server: ChildProcess | undefined;
  #database: string | undefined;

  path(name: string): string {
    return join(this.folder, name);
  }

  environment(more: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
    return {
      ...{ PATH: process.env.PATH, DATA_DIR: this.path("data"), LOG_LEVEL: "error", LEADGATE_ADMIN_KEY: KEY },
      ...(this.#database !== undefined && { DATABASE_URL: this.#database }),
      ...(this.#url !== undefined && { LEADGATE_URL: this.#url, LEADGATE_API_KEY: KEY }),
      ...more,
    };
  }

  start(args: readonly string[], more?: Readonly<Record<string, string>>): ChildProcess {
    return spawn(process.execPath, [MAIN, ...args], { cwd: this.folder, env: this.environment(more) });
  }

  async run(args: readonly string[], more?: Readonly<Record<string, string>>): Promise<Ran> {
    const child = this.start(args, more);
    let [out, err] = ["", ""];
    child.stdout!.setEncoding("utf8").on("data", (text: string) => (out += text));
    child.stderr!.setEncoding("utf8").on("data", (text: string) => (err += text));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, out, err, json: () => JSON.parse(out.trimEnd().split("\n").at(-1)!) as unknown };
  }

  /** A database of its own on `TEST_DATABASE_URL`'s server, where that is set; else the embedded one of the folder. */
  async makeDatabase(): Promise<void> {
    const server = process.env.TEST_DATABASE_URL;
    if (server === undefined || server === "") return;
    const url = new URL(server);
    url.pathname = `/leadgate_test_${randomBytes(6).toString("hex")}`;
    await onServer(server, `CREATE DATABASE ${url.pathname.slice(1)}`);
    this.#database = url.href;
  }

  /** Serves the folder's database on any free port. */
  async serve(): Promise<string> {
    await this.makeDatabase();
    const server = this.start(["serve"], { PORT: "0" });
    this.#server = server;
    let told = "";
    server.stderr!.setEncoding("utf8").on("data", (text: string) => (told += text));
    for await (const chunk of server.stdout!.setEncoding("utf8")) {
      told += chunk;
      this.#url = /listening on (\S+)/.exec(told)?.[1];
      if (this.#url !== undefined) return this.#url;
    }
    throw new Error(`the server did not start: ${told}`);
  }

  get pid(): number {
    return this.#server!.pid!;
  }

  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server === undefined || server.exitCode !== null) return;
    server.kill("SIGTERM");
    await new Promise((resolve) => server.once("close", resolve));
  }

  /** What the server answers to a GET. */
  async text(path: string): Promise<string> {
    const response = await fetch(`${this.#url}${path}`, { headers: { authorization: `Bearer ${KEY}` } });
    return response.text();
  }

  async get<Body>(path: string): Promise<Body> {
    return JSON.parse(await this.text(path)) as Body;
  }

  async close(): Promise<void> {
    await this.stop();
    const database = this.#database;
    if (database !== undefined) {
      await onServer(
        process.env.TEST_DATABASE_URL!,
        `DROP DATABASE ${new URL(database).pathname.slice(1)} WITH (FORCE)`,
      );
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}

async function onServer(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(sql);
  await client.end();
}
