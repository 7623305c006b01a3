#!/usr/bin/env node
import { Command, CommanderError } from "commander";
import { LeadgateError } from "./base/errors.ts";
import { compareCommand } from "./cli/compare.ts";
import { doctorCommand } from "./cli/doctor.ts";
import { exportCommand } from "./cli/export.ts";
import { importCommand } from "./cli/import.ts";
import { keysCommand } from "./cli/keys.ts";
import { migrateCommand } from "./cli/migrate.ts";
import { quarantineCommand } from "./cli/quarantine.ts";
import { replayCommand } from "./cli/replay.ts";
import { replayWorkerCommand } from "./cli/replay-worker.ts";
import { requeueCommand } from "./cli/requeue.ts";
import { serveCommand, workerCommand } from "./cli/serve.ts";
import { testSendCommand } from "./cli/test-send.ts";

/** Bad usage, a bad setting, a lock that is held, no connection. */
const BAD_USAGE = 2;

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

try {
  await program.parseAsync();
} catch (error) {
  process.exitCode = exitCodeOf(error);
}

function exitCodeOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : BAD_USAGE;
  if (!(error instanceof LeadgateError)) {
    // A bug: told with its stack, and never taken for a finding, whose exit code is 1.
    process.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
    return BAD_USAGE;
  }
  const lines =
    error.faults.length > 0 ? error.faults.map(({ path, message }) => `${path}: ${message}`) : [error.publicMessage];
  process.stderr.write(`${lines.join("\n")}\n`);
  return BAD_USAGE;
}
