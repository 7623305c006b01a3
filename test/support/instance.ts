import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import supertest from "supertest";
import { type App, createApp } from "../../src/app.ts";
import { createLog } from "../../src/base/log.ts";
import { parseSettings } from "../../src/base/settings.ts";
import type { Resolve } from "../../src/hook/target.ts";
import type { Database } from "../../src/store/client.ts";
import type { OpenFile } from "../../src/store/spool/segment-writer.ts";
import { ManualClock } from "./clock.ts";
import { openTestDatabase } from "./database.ts";

export const ADMIN_KEY = "lg_test-administrator-key-0123456789";

export interface InstanceOptions {
  /** Text of the configuration file. */
  readonly configuration?: string;
  readonly settings?: Readonly<Record<string, string>>;
  /** Stands in for the name server hooks are looked up with. */
  readonly resolve?: Resolve;
  /** Puts something between the instance and its database. */
  readonly through?: (database: Database) => Database;
  /** How its spool opens files. */
  readonly openSpoolFile?: OpenFile;
  /** Take each log line, as text. */
  readonly onLog?: (line: string) => void;
}

/** A whole instance without a port: the real app on a real database, its clock in the test's hand. */
export interface Instance {
  readonly app: App;
  readonly clock: ManualClock;
  readonly url: string | undefined;
  /** Its spool's folder. */
  readonly spool: string;
  /** Requests to the instance; `auth` ones carry the administrator's key. */
  readonly http: ReturnType<typeof supertest>;
  post(path: string, body: object | string): supertest.Test;
  get(path: string): supertest.Test;
  patch(path: string, body: object | string): supertest.Test;
  remove(path: string): supertest.Test;
  /** Lets the worker run until nothing is due. */
  deliver(): Promise<void>;
  close(): Promise<void>;
}

export async function startInstance(options: InstanceOptions = {}): Promise<Instance> {
  const directory = mkdtempSync(join(tmpdir(), "leadgate-instance-"));
  const file = join(directory, "leadgate.config.yaml");
  writeFileSync(file, options.configuration ?? "");
  const clock = new ManualClock();
  const test = await openTestDatabase();
  const settings = parseSettings({
    LEADGATE_ADMIN_KEY: ADMIN_KEY,
    LEADGATE_CONFIG: file,
    DATA_DIR: join(directory, "data"),
    PUBLIC_URL: "https://leads.example.com",
    FORM_RATE_LIMIT: "0",
    ...options.settings,
  });
  const log = createLog(settings.LOG_LEVEL, { write: (line) => options.onLog?.(line) });
  const app = await createApp({
    settings,
    environment: {},
    log,
    clock,
    database: options.through?.(test.database) ?? test.database,
    openSpoolFile: options.openSpoolFile,
    resolve: options.resolve,
  });
  const http = supertest(app.http);
  return {
    app,
    clock,
    url: test.url,
    spool: join(directory, "data", "spool"),
    http,
    post: (path, body) => http.post(path).set("Authorization", `Bearer ${ADMIN_KEY}`).send(body),
    get: (path) => http.get(path).set("Authorization", `Bearer ${ADMIN_KEY}`),
    patch: (path, body) => http.patch(path).set("Authorization", `Bearer ${ADMIN_KEY}`).send(body),
    remove: (path) => http.delete(path).set("Authorization", `Bearer ${ADMIN_KEY}`),
    deliver: () => app.deliverDue(),
    async close() {
      await test.close();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}
