import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe } from "@jest/globals";

const FOLDER = process.env.CORPORA_DIR ?? "../shared/corpora";

/** Describes a suite over a corpus of others; where its file is absent the suite is skipped, and says so. */
export function describeCorpus<Row>(file: string, what: string, suite: (rows: readonly Row[]) => void): void {
  const path = join(FOLDER, file);
  if (existsSync(path)) {
    const { cases } = JSON.parse(readFileSync(path, "utf8")) as { cases: Row[] };
    describe(`${what} (${cases.length} rows of ${file})`, () => suite(cases));
  } else {
    describe.skip(`${what}: there is no ${path}; set CORPORA_DIR`, () => suite([]));
  }
}
