#!/usr/bin/env node
import { CommanderError } from "commander";
import { LeadgateError } from "./base/errors.ts";
import { createProgram } from "./cli/program.ts";

/** Bad usage, a bad setting, a lock that is held, no connection. */
const BAD_USAGE = 2;

try {
  await (await createProgram(process.argv[2])).parseAsync();
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
