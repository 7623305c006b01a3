import { Command } from "commander";
import { compareCommand } from "./compare.ts";
import { doctorCommand } from "./doctor.ts";
import { exportCommand } from "./export.ts";
import { importCommand } from "./import.ts";
import { keysCommand } from "./keys.ts";
import { migrateCommand } from "./migrate.ts";
import { quarantineCommand } from "./quarantine.ts";
import { replayCommand } from "./replay.ts";
import { replayWorkerCommand } from "./replay-worker.ts";
import { requeueCommand } from "./requeue.ts";
import { serveCommand, workerCommand } from "./serve.ts";
import { testSendCommand } from "./test-send.ts";

/** Every command there is. */
export function createProgram(): Command {
  const program = new Command("leadgate")
    .description("Takes leads in from forms and webhooks: one person, one lead, one mail per template.")
    .addCommand(serveCommand())
    .addCommand(workerCommand())
    .addCommand(migrateCommand())
    .addCommand(doctorCommand())
    .addCommand(replayCommand())
    .addCommand(importCommand())
    .addCommand(exportCommand())
    .addCommand(compareCommand())
    .addCommand(requeueCommand())
    .addCommand(keysCommand())
    .addCommand(quarantineCommand())
    .addCommand(testSendCommand())
    .addCommand(replayWorkerCommand(), { hidden: true })
    .showHelpAfterError("(leadgate --help tells what there is)");
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  return program;
}
