import { createWriteStream, renameSync, rmSync } from "node:fs";
import { Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { Command, Option } from "commander";
import { LeadgateError } from "../base/errors.ts";
import { type ConnectionOptions, connect, withConnection } from "./client.ts";
import { type Console, createConsole } from "./console.ts";
import { catchInterrupt } from "./interrupt.ts";
import { TABLE_FORMATS, type TableFormat } from "./table-file.ts";

const FILTERS = [
  "email",
  "q",
  "source",
  "status",
  "createdAfter",
  "createdBefore",
  "updatedAfter",
  "updatedBefore",
] as const;

interface ExportOptions extends ConnectionOptions, Partial<Record<(typeof FILTERS)[number], string>> {
  readonly json?: boolean;
  readonly format?: TableFormat;
  readonly submissions?: boolean;
  readonly output?: string;
}

export function exportCommand(): Command {
  const command = withConnection(new Command("export"))
    .description("write all leads, or all that was ever submitted, to standard output or a file")
    .addOption(new Option("--format <format>", "csv (default) or ndjson").choices(TABLE_FORMATS))
    .option(
      "--submissions",
      "what was submitted instead of leads, as `leadgate replay` reads it (NDJSON; needs an admin key)",
    )
    .option("-o, --output <file>", "write to this file, which is there only once it is whole");
  for (const name of FILTERS) command.option(`--${dashed(name)} <value>`, `as GET /v1/leads filters by ${name}`);
  return command
    .addHelpText(
      "after",
      `
Examples:
  $ leadgate export > leads.csv
  $ leadgate export --format ndjson --source contact --updated-after 2026-01-01T00:00:00Z -o new.ndjson
  $ leadgate export --submissions -o submissions.ndjson`,
    )
    .action(runExport);
}

function dashed(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

async function runExport(options: ExportOptions): Promise<void> {
  const told = createConsole(options);
  const interrupt = catchInterrupt(() =>
    told.note("stopping; nothing is kept of it. Run the same command to begin anew."),
  );
  try {
    const response = await connect(options).open(pathFor(options), interrupt.signal);
    const counter = new LineCounter();
    await save(Readable.fromWeb(response.body as never), counter, options.output);
    if (options.output !== undefined) tell(told, options.output, counter);
    told.result({ file: options.output ?? null, lines: counter.lines, bytes: counter.bytes });
  } catch (error) {
    if (interrupt.signal.aborted) return;
    if ((error as NodeJS.ErrnoException).code === "EPIPE") return;
    if (error instanceof LeadgateError) throw error;
    throw new LeadgateError(
      "unavailable",
      `The export was cut (${(error as Error).message}). Run the same command again.`,
      {
        cause: error,
      },
    );
  } finally {
    interrupt.off();
  }
}

function pathFor(options: ExportOptions): string {
  const given = FILTERS.flatMap((name): [string, string][] =>
    options[name] === undefined ? [] : [[name, options[name]]],
  );
  if (!options.submissions) {
    return `/v1/leads/export?${new URLSearchParams([...given, ["format", options.format ?? "csv"]])}`;
  }
  if (given.length > 0)
    throw new LeadgateError("bad-setting", "--submissions takes no filters: a replay needs all there is.");
  if (options.format === "csv") throw new LeadgateError("bad-setting", "--submissions is NDJSON only.");
  return "/v1/submissions/export";
}

async function save(from: Readable, counter: LineCounter, output: string | undefined): Promise<void> {
  if (output === undefined) return pipeline(from, counter, process.stdout, { end: false });
  const partial = `${output}.partial`;
  try {
    await pipeline(from, counter, createWriteStream(partial));
    renameSync(partial, output);
  } finally {
    rmSync(partial, { force: true });
  }
}

function tell(told: Console, output: string, { lines, bytes }: LineCounter): void {
  told.say(`${output}: ${lines.toLocaleString("en-US")} lines, ${(bytes / 1e6).toFixed(1)} MB`);
}

class LineCounter extends Transform {
  lines = 0;
  bytes = 0;

  override _transform(chunk: Buffer, _encoding: string, done: (error: null, chunk: Buffer) => void): void {
    this.bytes += chunk.length;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, at + 1)) this.lines += 1;
    done(null, chunk);
  }
}
