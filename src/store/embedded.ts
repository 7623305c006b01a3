import { constants, cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { PrismaPGlite } from "pglite-prisma-adapter";
import { type MigrationSession, migrate } from "./migrate.ts";

/** Where the build puts the empty, already migrated database that a first start begins with. */
const PREPARED = fileURLToPath(new URL("../../dist/embedded", import.meta.url));

/** The embedded PostgreSQL in this thread, migrated, with what Prisma's client speaks to it through. */
export interface MigratedPGlite {
  readonly adapter: PrismaPGlite;
  /** Names of the migrations this opening applied. */
  readonly applied: readonly string[];
  close(): Promise<void>;
}

/** Opens it and applies the migrations it lacks; the caller holds its lock. */
export async function openMigrated(directory: string): Promise<MigratedPGlite> {
  const pglite = await openPGlite(directory);
  try {
    await pglite.exec("SET TIME ZONE 'UTC'");
    const applied = await migrate(pglite as unknown as MigrationSession);
    return { adapter: new PrismaPGlite(pglite), applied, close: () => pglite.close() };
  } catch (error) {
    await pglite.close();
    throw error;
  }
}

/**
 * Opens the embedded PostgreSQL of a data directory; the caller holds its lock.
 *
 * A first start copies a prepared directory instead of running initdb, which takes 3 s and 840 MB. It is copied beside
 * its place and renamed into it, so that a first start cut short leaves nothing half made.
 */
export async function openPGlite(directory: string): Promise<PGlite> {
  const place = join(directory, "pg");
  if (!existsSync(place)) await prepare(place);
  return keepingMarks(() => PGlite.create({ dataDir: place }));
}

/**
 * PGlite makes the reader of its answers when it is made, and anew after each error, with a TextDecoder that drops U+FEFF
 * from the start of every text. What somebody sent must come back whole. In a thread of its own there is no other
 * TextDecoder from then on.
 */
export function keepMarks(): () => void {
  const Dropping = globalThis.TextDecoder;
  globalThis.TextDecoder = class extends Dropping {
    constructor(label?: string, options?: ConstructorParameters<typeof TextDecoder>[1]) {
      super(label, { ...options, ignoreBOM: true });
    }
  } as typeof TextDecoder;
  return () => {
    globalThis.TextDecoder = Dropping;
  };
}

/** Where the thread has other work too, only the first reader is made with such a one. */
function keepingMarks<Result>(make: () => Result): Result {
  const restore = keepMarks();
  try {
    return make();
  } finally {
    restore();
  }
}

async function prepare(place: string): Promise<void> {
  const partial = `${place}.partial`;
  rmSync(partial, { recursive: true, force: true });
  mkdirSync(partial, { recursive: true, mode: 0o700 });
  if (existsSync(PREPARED)) cpSync(PREPARED, partial, { recursive: true, mode: constants.COPYFILE_FICLONE });
  else await (await PGlite.create({ dataDir: partial })).close();
  renameSync(partial, place);
}
