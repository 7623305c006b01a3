import { constants, cpSync, existsSync, mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";

/** Where the build puts the empty, already migrated database that a first start begins with. */
const PREPARED = fileURLToPath(new URL("../../dist/embedded", import.meta.url));

/**
 * Opens the embedded PostgreSQL of a data directory; the caller holds its lock.
 *
 * A first start copies a prepared directory instead of running initdb, which takes 3 s and 840 MB. It is copied beside
 * its place and renamed into it, so that a first start cut short leaves nothing half made.
 */
export async function openEmbedded(directory: string): Promise<PGlite> {
  const place = join(directory, "pg");
  if (!existsSync(place)) await prepare(place);
  return keepingMarks(() => PGlite.create({ dataDir: place }));
}

/**
 * PGlite makes the reader of its answers in its constructor, with a TextDecoder that drops U+FEFF from the start of
 * every text. What somebody sent must come back whole, so while it is made there is only one that does not.
 */
function keepingMarks<Result>(make: () => Result): Result {
  const Dropping = globalThis.TextDecoder;
  globalThis.TextDecoder = class extends Dropping {
    constructor(label?: string, options?: ConstructorParameters<typeof TextDecoder>[1]) {
      super(label, { ...options, ignoreBOM: true });
    }
  } as typeof TextDecoder;
  try {
    return make();
  } finally {
    globalThis.TextDecoder = Dropping;
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
