import { Command, Option } from "commander";
import { SOURCE_SLUG } from "../base/configuration-schema.ts";
import { LeadgateError } from "../base/errors.ts";
import { type Client, type ConnectionOptions, connect, withConnection } from "./client.ts";
import { type Console, count, counted, createConsole } from "./console.ts";
import { type ImportRows, openImport } from "./import-rows.ts";
import { catchInterrupt } from "./interrupt.ts";
import { type Posted, type RowAnswer, RowPoster } from "./post-rows.ts";
import { RejectedFile } from "./rejected-file.ts";
import { TABLE_FORMATS, type TableFormat } from "./table-file.ts";

interface ImportOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly map: readonly string[];
  readonly source?: string;
  readonly format?: TableFormat;
  readonly dryRun?: boolean;
  readonly sendFollowUps?: boolean;
}

/** Refused rows told one by one; the file of refused rows has them all. */
const MOST_TOLD = 20;

export function importCommand(): Command {
  return withConnection(new Command("import"))
    .description("take a CSV or NDJSON file of leads in; run again, it goes on where it was cut")
    .argument("<file>", "CSV (any delimiter, UTF-8, UTF-16 or Windows-1252) or NDJSON")
    .option("--map <field=header>", "say which column a field is in; may be given often", collect, [])
    .option("--source <name>", "source the leads come from (else what an NDJSON row says, else api)")
    .addOption(new Option("--format <format>", "what the file is, where its name does not tell").choices(TABLE_FORMATS))
    .option("--dry-run", "look through the whole file and tell what would be sent; needs no server")
    .option("--send-follow-ups", "queue the mails that the rules ask for; without it nobody gets mail")
    .addHelpText(
      "after",
      `
Headers are recognised as the labels of a form are, in eight languages. Each row has an identity made of the file's
content, the mapping and its place, so that the same command may be cut and run again: what is in is left alone. Rows
that are refused are written to FILE.rejected.csv. A time of its own (--map occurredAt=Created) makes an old row lose
against newer values; rows without one count as said now.

Examples:
  $ leadgate import contacts.csv --dry-run
  $ leadgate import contacts.csv --map email=Mail --map occurredAt="Create Date" --source hubspot
  $ leadgate import leads.ndjson --url https://leads.example.com --key lg_…`,
    )
    .action(runImport);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function runImport(path: string, options: ImportOptions): Promise<void> {
  if (options.source !== undefined && !SOURCE_SLUG.test(options.source)) {
    throw new LeadgateError("bad-setting", `--source ${options.source}: a source is named with a to z, 0 to 9 and -.`);
  }
  const told = createConsole(options);
  const rows = await openImport(path, options);
  for (const line of rows.description) told.say(line);
  if (options.dryRun) return dryRun(rows, told);
  const client = connect(options);
  await client.json("GET", "/v1/me");
  await new Import(client, rows, told, options).run();
}

/** What became of the rows, in the words of the intake. */
const OUTCOMES = ["created", "updated", "unchanged", "stale", "spooled"] as const;

class Import {
  readonly #counts = new Map<string, number>();
  readonly #refused: { line: number; reason: string }[] = [];
  readonly #rejected: RejectedFile;
  #refusedCount = 0;
  #rows = 0;
  #showProgress = () => {};

  constructor(
    private readonly client: Client,
    private readonly rows: ImportRows,
    private readonly told: Console,
    private readonly options: ImportOptions,
  ) {
    this.#rejected = new RejectedFile(`${rows.file.path}.rejected.csv`, rows.headers);
  }

  async run(): Promise<void> {
    const { told, rows, options, client } = this;
    const began = Date.now();
    const progress = told.progress(rows.file.sizeBytes, rows.file.path);
    const interrupt = catchInterrupt(() => told.note("stopping: what is under way is finished first"));
    const path = `/v1/leads${options.sendFollowUps ? "" : "?followUps=off"}`;
    const onAway = (why: string) => told.note(`${why} Trying again with the same rows.`);
    const poster = new RowPoster({ client, path, signal: interrupt.signal, onAway, onAnswer: this.#take });
    let bytes = 0;
    let read = 0;
    // What was read runs ahead of what was answered, which is what is done.
    this.#showProgress = () => progress.update((bytes * this.#rows) / Math.max(read, 1), counted(this.#rows, "row"));
    try {
      for await (const row of rows.read((soFar) => (bytes = soFar))) {
        if (interrupt.signal.aborted) break;
        read += 1;
        if ("refused" in row) this.#take(row, row);
        else await poster.push(row);
        this.#showProgress();
      }
      await poster.finish();
    } catch (error) {
      throw interrupted(error, this.#rows);
    } finally {
      progress.stop();
      interrupt.off();
      await this.#rejected.close();
    }
    this.#tell(began, interrupt.signal.aborted);
  }

  readonly #take = (row: Pick<Posted, "line" | "cells">, answer: RowAnswer): void => {
    this.#rows += 1;
    this.#showProgress();
    if ("refused" in answer) {
      this.#refusedCount += 1;
      this.#rejected.add(row.cells, row.line, answer.refused);
      if (this.#refused.length < 1_000) this.#refused.push({ line: row.line, reason: answer.refused });
      return;
    }
    const name = answer.replayed ? "replayed" : answer.outcome;
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  };

  #tell(began: number, wasStopped: boolean): void {
    const { told, rows } = this;
    const seconds = Math.max((Date.now() - began) / 1_000, 0.001);
    const of = (name: string) => this.#counts.get(name) ?? 0;
    const refused = this.#refused.sort((one, other) => one.line - other.line);
    for (const { line, reason } of refused.slice(0, MOST_TOLD)) told.say(told.style.bad(`line ${line}: ${reason}`));
    if (this.#refusedCount > MOST_TOLD) told.say(`… and ${count(this.#refusedCount - MOST_TOLD)} more`);
    const parts = [...OUTCOMES, "replayed"]
      .filter((name) => of(name) > 0)
      .map((name) => `${count(of(name))} ${WORD[name] ?? name}`);
    if (this.#refusedCount > 0) parts.push(told.style.bad(`${count(this.#refusedCount)} refused`));
    const rate = `${seconds.toFixed(1)} s, ${count(Math.round(this.#rows / seconds))} rows/s`;
    told.say(`${counted(this.#rows, "row")}: ${parts.join(", ") || "none"} (${rate})`);
    const rejectedFile = this.#refusedCount > 0 ? this.#rejected.path : null;
    if (rejectedFile !== null)
      told.say(`Refused rows are in ${rejectedFile}${rows.isTable ? "; mend them there and import that file" : ""}.`);
    if (wasStopped) told.note("Stopped. Run the same command again to go on: rows that are in are left alone.");
    else if (this.#refusedCount > 0) process.exitCode = 1;
    const outcomes = Object.fromEntries([...OUTCOMES, "replayed"].map((name) => [name, of(name)]));
    const result = { rows: this.#rows, ...outcomes, refused: this.#refusedCount, rejectedFile, refusals: refused };
    told.result({ ...result, seconds: Number(seconds.toFixed(1)), ...(wasStopped && { stopped: true }) });
  }
}

const WORD: Readonly<Record<string, string>> = {
  replayed: "in already",
  unchanged: "with nothing new",
  stale: "older than what stands",
  spooled: "kept until the database is back",
};

function interrupted(error: unknown, rows: number): unknown {
  if (!(error instanceof LeadgateError)) return error;
  const goOn = "Run the same command again to go on: rows that are in are left alone.";
  return new LeadgateError(error.kind, `${error.publicMessage} Stopped after ${counted(rows, "row")}. ${goOn}`, {
    cause: error,
  });
}

async function dryRun(rows: ImportRows, told: Console): Promise<void> {
  const refusals: { line: number; reason: string }[] = [];
  let total = 0;
  let refused = 0;
  for await (const row of rows.read()) {
    total += 1;
    const reason = "refused" in row ? row.refused : row.fault;
    if (reason === undefined) continue;
    refused += 1;
    if (refusals.length < 1_000) refusals.push({ line: row.line, reason });
    if (refused <= MOST_TOLD) told.say(told.style.bad(`line ${row.line}: ${reason}`));
  }
  if (refused > MOST_TOLD) told.say(`… and ${count(refused - MOST_TOLD)} more`);
  told.say(
    `${counted(total, "row")}: ${count(total - refused)} would be sent, ${count(refused)} would be refused. Nothing was sent.`,
  );
  if (refused > 0) process.exitCode = 1;
  told.result({ dryRun: true, rows: total, refused, refusals });
}
