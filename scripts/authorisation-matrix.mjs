// Measures which kind of key may call what, and writes docs/authorisation.md; a test says when it is stale.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const jest = fileURLToPath(import.meta.resolve("jest/bin/jest"));
const { status } = spawnSync(process.execPath, [jest, "test/http/authorisation.test.ts"], {
  stdio: "inherit",
  env: { ...process.env, WRITE_DOCUMENTS: "1" },
});
process.exit(status ?? 1);
