// Prepares the database a first start begins with: initdb run and all migrations applied, as one archive. Without it a
// first start takes seconds and twice the memory.
import { writeFileSync } from "node:fs";
import { PGlite } from "@electric-sql/pglite";
import { migrate } from "../dist/store/migrate.js";

const pglite = await PGlite.create();
await pglite.exec("SET TIME ZONE 'UTC'");
await migrate(pglite);
await pglite.exec("CHECKPOINT");
const archive = await pglite.dumpDataDir("none");
writeFileSync(new URL("../dist/embedded.tar", import.meta.url), Buffer.from(await archive.arrayBuffer()));
await pglite.close();
