import { Command } from "commander";
import { readSettings } from "../base/config.ts";
import { openDatabase } from "../store/client.ts";

export function migrateCommand(): Command {
  return new Command("migrate")
    .description("bring the database up to date and end; serve and worker do this by themselves")
    .option("--json", "print the result as one JSON value")
    .addHelpText("after", "\nExample:\n  $ DATABASE_URL=postgresql://… leadgate migrate")
    .action(async ({ json }: { json?: boolean }) => {
      const settings = readSettings();
      const database = await openDatabase({
        url: settings.DATABASE_URL,
        dataDirectory: settings.DATA_DIR,
        poolSize: 1,
      });
      await database.close();
      const { applied } = database;
      const told = applied.length === 0 ? "the database is up to date" : `applied ${applied.join(", ")}`;
      process.stdout.write(`${json ? JSON.stringify({ applied }) : told}\n`);
    });
}
