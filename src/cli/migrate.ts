import { Command } from "commander";
import { readSettings } from "../base/config.ts";
import { openDatabase } from "../store/client.ts";
import { holdRestored } from "../store/hold-restored.ts";
import { inTransaction } from "../store/transaction.ts";
import { counted } from "./console.ts";

interface MigrateOptions {
  readonly json?: boolean;
  readonly restored?: boolean;
}

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("bring the database up to date and end; serve and worker do this by themselves")
    .option("--restored", "the database was restored from a backup: hold mail that may have been sent since")
    .option("--json", "print the result as one JSON value")
    .addHelpText(
      "after",
      `
--restored is to be run once after a restore and before anything is started on it. Queued mail becomes uncertain;
\`leadgate requeue --status uncertain --accept-duplicate\` sends it all the same.

Examples:
  $ DATABASE_URL=postgresql://… leadgate migrate
  $ DATABASE_URL=postgresql://… leadgate migrate --restored`,
    )
    .action(async ({ json, restored = false }: MigrateOptions) => {
      const settings = readSettings();
      const database = await openDatabase({
        url: settings.DATABASE_URL,
        dataDirectory: settings.DATA_DIR,
        poolSize: 1,
      });
      let held: number | undefined;
      try {
        if (restored) held = await inTransaction(database, (db) => holdRestored(db, new Date()));
      } finally {
        await database.close();
      }
      const { applied } = database;
      const told = [applied.length === 0 ? "the database is up to date" : `applied ${applied.join(", ")}`];
      if (held !== undefined) told.push(`${counted(held, "mail")} held as uncertain`);
      process.stdout.write(`${json ? JSON.stringify({ applied, ...(restored && { held }) }) : told.join("\n")}\n`);
    });
}
