// Writes the documents that are made from the source: .env.example and docs/settings.md. A test says when they are stale.
import { writeFileSync } from "node:fs";
import { envExample, settingsTable } from "../dist/base/settings-document.js";

writeFileSync(new URL("../.env.example", import.meta.url), envExample());
writeFileSync(new URL("../docs/settings.md", import.meta.url), settingsTable());
