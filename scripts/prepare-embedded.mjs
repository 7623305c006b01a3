// Prepares the database a first start begins with: initdb run and all migrations applied. Without it a first start takes
// seconds and twice the memory.
import { fileURLToPath } from "node:url";
import { PGlite } from "@electric-sql/pglite";
import { migrate } from "../dist/store/migrate.js";

const pglite = await PGlite.create({ dataDir: fileURLToPath(new URL("../dist/embedded", import.meta.url)) });
await pglite.exec("SET TIME ZONE 'UTC'");
await migrate(pglite);
await pglite.exec("CHECKPOINT");
await pglite.close();
