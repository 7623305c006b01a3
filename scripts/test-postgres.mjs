// Runs the suites against PostgreSQL: TEST_DATABASE_URL, or the server of this machine. Each suite makes a database of
// its own there and drops it.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const url = process.env.TEST_DATABASE_URL || "postgresql://postgres@127.0.0.1:5432/postgres";
const jest = fileURLToPath(import.meta.resolve("jest/bin/jest"));
const { status } = spawnSync(process.execPath, [jest, ...process.argv.slice(2)], {
  stdio: "inherit",
  env: { ...process.env, TEST_DATABASE_URL: url },
});
process.exit(status ?? 1);
