import { cpSync, readdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll } from "@jest/globals";
import { type Fault, type FaultyDatabase, faultyDatabase } from "./faulty-database.ts";
import { type Instance, startInstance } from "./instance.ts";
import { rowsOf } from "./rows.ts";

const CONFIGURATION = `
sources:
  contact: { kind: form, redirects: ["https://www.example.com/thanks"] }
  hook: { kind: webhook, secret: "hook-secret-0123456789" }
followUps:
  - { name: welcome, on: submission, template: welcome }
`;

/** An instance whose database and whose spool's disk fail when they are told to. After each test all is well again. */
export class SpoolInstance {
  instance!: Instance;
  /** Whether the disk of the spool takes anything. */
  disk: "full" | undefined;
  #faulty!: FaultyDatabase;

  constructor() {
    beforeAll(() => this.#open());
    afterAll(() => this.instance.close());
    afterEach(async () => {
      this.disk = undefined;
      await this.back();
      await rowsOf(this.instance.app.database, "TRUNCATE leads, quarantine, kept_hashes CASCADE");
    });
  }

  set fault(fault: Fault | undefined) {
    this.#faulty.fault = fault;
  }

  /** An instance that has not yet looked for what others left behind, which it does now and then. */
  async reopen(): Promise<void> {
    await this.instance.close();
    await this.#open();
  }

  /** The database comes back; what waited is not yet taken in. */
  async mended(): Promise<void> {
    this.fault = undefined;
    while ((await this.instance.http.get("/readyz")).body.status === "degraded") await new Promise(setImmediate);
  }

  /** The database comes back, and what waited is taken in. */
  async back(): Promise<void> {
    await this.mended();
    await this.instance.app.drainSpool();
  }

  submissions() {
    return rowsOf(this.instance.app.database, "SELECT * FROM submissions ORDER BY received_at");
  }

  /** Gives every record out twice, as when a process is killed before it could acknowledge any. */
  copySpool(): void {
    const { spool } = this.instance;
    for (const folder of readdirSync(spool)) {
      const filter = (path: string) => !path.endsWith(".lock");
      cpSync(join(spool, folder), join(spool, `elsewhere.${folder.length}`), { recursive: true, filter });
    }
  }

  async #open(): Promise<void> {
    this.instance = await startInstance({
      configuration: CONFIGURATION,
      through: (database) => {
        this.#faulty = faultyDatabase(database);
        return this.#faulty.database;
      },
      openSpoolFile: async (path, flags, mode) => {
        if (this.disk === "full") throw Object.assign(new Error("no space left"), { code: "ENOSPC" });
        return open(path, flags, mode);
      },
    });
  }
}
