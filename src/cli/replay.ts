import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { open } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Command, InvalidArgumentError, Option } from "commander";
import { readEnvironment, readSettings } from "../base/config.ts";
import { LeadgateError } from "../base/errors.ts";
import type { Settings } from "../base/settings.ts";
import { compareStates, type Difference } from "../flow/replay-digest.ts";
import type { Recorded } from "../flow/replay-intake.ts";
import { batchesOf, runPlans } from "../flow/replay-plan.ts";
import { FAULTS, type Fault } from "../store/plant-fault.ts";
import { copyEmbedded, openReadOnly } from "../store/read-only.ts";
import { readEvents, readSubmissions } from "../store/stored-intake.ts";
import { type Console, count, counted, createConsole } from "./console.ts";
import { catchInterrupt } from "./interrupt.ts";
import { type RunResult, runPlan } from "./replay-run.ts";
import { jsonRows } from "./table-file.ts";
import { openTextFile } from "./text-file.ts";

interface ReplayOptions {
  readonly json?: boolean;
  readonly seed: number;
  readonly break?: Fault;
}

/** Leads named for people; scripts get more. */
const MOST_TOLD = 10;

export function replayCommand(): Command {
  return new Command("replay")
    .description("prove on your own data that running twice, in any order, at once or through a crash changes nothing")
    .argument("[file]", "a file of `leadgate export --submissions`; without it what the configured database holds")
    .option("--seed <number>", "the order of the shuffled runs", seed, 1)
    .option("--json", "print the result as one JSON value, as the last line")
    .addOption(new Option("--break <fault>", "plant a fault into the scratch databases").choices(FAULTS).hideHelp())
    .addHelpText(
      "after",
      `
Everything that was ever accepted is taken in again, in databases made for it and removed afterwards: once, twice,
shuffled, and by four senders at a time, with every process killed in the middle of each. All four must come to the same
leads and the same mails. The rules in force are those of the configuration; nobody gets mail. Your own database is only
read. The embedded one must not be in use: stop the service, or replay an export.

Examples:
  $ leadgate replay
  $ leadgate export --submissions --output submissions.ndjson && leadgate replay submissions.ndjson
  $ leadgate replay --json --seed 7`,
    )
    .action(runReplay);
}

function seed(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new InvalidArgumentError("It must be a whole number.");
  return Number(text);
}

async function runReplay(file: string | undefined, options: ReplayOptions): Promise<void> {
  const told = createConsole(options);
  const settings = readSettings();
  const { loadConfiguration } = await import("../flow/load-configuration.ts");
  await loadConfiguration(settings, readEnvironment());
  const folder = mkdtempSync(join(tmpdir(), "leadgate-replay-"));
  const interrupt = catchInterrupt(() => told.note("stopping: the scratch databases are removed"));
  try {
    const records = join(folder, "records.ndjson");
    const recordCount = await writeRecords(file === undefined ? stored(settings, folder) : recordsIn(file), records);
    await prove({ told, options, url: settings.DATABASE_URL, folder, records, recordCount, signal: interrupt.signal });
  } catch (error) {
    // Already told, and the exit code says so.
    if (!interrupt.signal.aborted) throw error;
    told.note((error as Error).message.replace(/^\w+: /, ""));
  } finally {
    interrupt.off();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface Proof {
  readonly told: Console;
  readonly options: ReplayOptions;
  readonly url: string | undefined;
  readonly folder: string;
  readonly records: string;
  readonly recordCount: number;
  readonly signal: AbortSignal;
}

async function prove({ told, options, ...where }: Proof): Promise<void> {
  told.say(
    `${counted(where.recordCount, "submission")}, taken in again in four ways, each with a crash in the middle:`,
  );
  told.say();
  const plans = runPlans(options.seed);
  const batches = plans.flatMap((plan) =>
    Array.from({ length: plan.lanes }, (_, lane) => batchesOf(plan, where.recordCount, lane)),
  );
  const progress = told.progress(batches.flat().length, "all runs");
  let done = 0;
  const onBatch = () => {
    done += 1;
    progress.update(done, `${count(done)} batches`);
  };
  try {
    const results = await inPairs(plans, (plan) => runPlan(plan, { ...where, fault: options.break, onBatch }));
    progress.stop();
    await judge(told, results);
  } finally {
    progress.stop();
  }
}

/** Two at a time, since each has a database of its own; the results in their order. */
async function inPairs<Item, Result>(items: readonly Item[], work: (item: Item) => Promise<Result>): Promise<Result[]> {
  const results: Result[] = [];
  const queue = [...items.entries()];
  const next = async () => {
    for (let entry = queue.shift(); entry !== undefined; entry = queue.shift()) {
      const [index, item] = entry;
      results[index] = await work(item);
    }
  };
  const both = await Promise.allSettled([next(), next()]);
  const failed = both.find((one) => one.status === "rejected");
  if (failed !== undefined) throw failed.reason;
  return results;
}

async function judge(told: Console, results: readonly RunResult[]): Promise<void> {
  const [first, ...others] = results as [RunResult, ...RunResult[]];
  const differing: Difference[] = results.flatMap(({ name, doubles }) =>
    doubles.map((one) => ({ ...one, why: `${one.why}, in "${name}"` })),
  );
  for (const other of others) differing.push(...(await compareStates(first, other, [first.name, other.name])));
  const identical = differing.length === 0;
  const people = new Map<string, string[]>();
  for (const { email, why } of differing) people.set(email, [...new Set(people.get(email)).add(why)]);
  for (const { name, leads, messages, digest, crashes } of results) {
    const sums = `${counted(leads, "lead").padStart(14)}  ${counted(messages, "mail").padStart(14)}`;
    told.say(
      `  ${name.padEnd(14)}  ${sums}  ${digest.slice(0, 16)}  ${told.style.dim(`killed ${counted(crashes, "time")}`)}`,
    );
  }
  told.say();
  tellRefused(told, results);
  if (identical) told.say(told.style.good(verdictFor(first)));
  else tellDifferences(told, differing, people);
  if (!identical) process.exitCode = 1;
  const runs = results.map(({ name, leads, messages, digest }) => ({ name, leads, messages, digest }));
  const named = [...people].slice(0, 1_000).map(([email, why]) => ({ email, why }));
  told.result({ runs, identical, ...(!identical && { differing: named }) });
}

function verdictFor({ leads, messages, digest }: RunResult): string {
  return [
    `Identical. All four runs end with the same ${counted(leads, "lead")} and the same ${counted(messages, "mail")}:`,
    "sent twice, out of order, four at a time or cut by a crash, nobody is stored twice and nobody is mailed twice.",
    `Digest ${digest}`,
  ].join("\n");
}

function tellRefused(told: Console, results: readonly RunResult[]): void {
  const reasons = new Set(results.flatMap(({ refused }) => refused));
  if (reasons.size === 0) return;
  told.say("Some submissions can't be taken in with today's configuration; they were left out of every run:");
  for (const reason of [...reasons].slice(0, MOST_TOLD)) told.say(`  ${reason}`);
  told.say();
}

function tellDifferences(
  told: Console,
  differing: readonly Difference[],
  people: ReadonlyMap<string, readonly string[]>,
): void {
  told.say(told.style.bad(`Not identical: ${counted(people.size, "lead")} came out otherwise.`));
  for (const [email, why] of [...people].slice(0, MOST_TOLD)) told.say(`  ${email}: ${why.slice(0, 3).join("; ")}`);
  if (people.size > MOST_TOLD) told.say(`  … and ${count(people.size - MOST_TOLD)} more; --json names up to 1,000`);
  told.say(
    differing.every(({ why }) => why.startsWith("mails differ"))
      ? "Only mails differ. A rule whose condition looks at the lead, or that needs consent, may ask for another mail when things come in another order; see docs/replay.md."
      : "This is a fault: please report it with the output of --json. Your own data was not changed.",
  );
}

/** Writes records one in a line. @returns how many. */
async function writeRecords(records: AsyncIterable<Recorded>, path: string): Promise<number> {
  // Closed before anything is thrown on: the folder is removed then.
  const file = await open(path, "w");
  try {
    let written = 0;
    let lines: string[] = [];
    for await (const record of records) {
      lines.push(`${JSON.stringify(record)}\n`);
      written += 1;
      if (lines.length < 1_000) continue;
      await file.write(lines.join(""));
      lines = [];
    }
    await file.write(lines.join(""));
    return written;
  } finally {
    await file.close();
  }
}

/** What the configured database holds; the embedded one is copied first, since even opening it would write. */
async function* stored({ DATABASE_URL, DATA_DIR }: Settings, folder: string): AsyncGenerator<Recorded> {
  const copy = join(folder, "live");
  if (DATABASE_URL === undefined) {
    mkdirSync(copy);
    copyEmbedded(DATA_DIR, copy);
  }
  const session = await openReadOnly({ url: DATABASE_URL, dataDirectory: copy });
  try {
    yield* readSubmissions(session);
    yield* readEvents(session);
  } finally {
    await session.close();
  }
}

async function* recordsIn(path: string): AsyncGenerator<Recorded> {
  for await (const { line, value } of jsonRows(await openTextFile(path))) {
    const { source, identity, eventId, payload, email } = value ?? {};
    const { contentHash, occurredAt } = value ?? {};
    const isTimed = typeof occurredAt === "string" && !Number.isNaN(Date.parse(occurredAt));
    const isSubmission =
      typeof identity === "string" &&
      typeof contentHash === "string" &&
      typeof payload === "object" &&
      payload !== null;
    const isEvent = typeof eventId === "string" && typeof email === "string";
    if (typeof source !== "string" || !isTimed || !(isSubmission || isEvent)) {
      const message = `${path}, line ${line}, is no submission; give a file of \`leadgate export --submissions\`.`;
      throw new LeadgateError("bad-setting", message);
    }
    // An export calls the kind of line `type`, and so the event's own type otherwise.
    yield { ...value, ...(isEvent && { type: value?.eventType ?? value?.type }) } as unknown as Recorded;
  }
}
