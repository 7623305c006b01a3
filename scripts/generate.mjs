// Generates Prisma's client. `prisma generate` looks for a schema engine that it would have to download but never calls;
// any existing program satisfies it, so that this works on a closed network.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const prisma = fileURLToPath(import.meta.resolve("prisma/build/index.js"));
const { status, stdout, stderr } = spawnSync(process.execPath, [prisma, "generate"], {
  env: {
    ...process.env,
    PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
    PRISMA_HIDE_UPDATE_MESSAGE: "1",
    CHECKPOINT_DISABLE: "1",
  },
  encoding: "utf8",
});
if (status !== 0) {
  process.stderr.write(stdout + stderr);
  process.exit(status ?? 1);
}
