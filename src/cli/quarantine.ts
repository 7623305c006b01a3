import { Command } from "commander";
import { LeadgateError } from "../base/errors.ts";
import { type Client, type ConnectionOptions, connect, withConnection } from "./client.ts";
import { counted, createConsole } from "./console.ts";
import { pagesOf, table } from "./lists.ts";

interface QuarantineOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly all?: boolean;
}

interface Entry {
  readonly id: string;
  readonly source: string;
  readonly reason: string;
  readonly sightings: number;
  readonly receivedAt: string;
  readonly retriedAt: string | null;
}

export function quarantineCommand(): Command {
  const list = withConnection(new Command("list"))
    .description("show what came in without a usable e-mail address")
    .addHelpText("after", "\nExample:\n  $ leadgate quarantine list")
    .action(async (options: QuarantineOptions) => {
      const told = createConsole(options);
      const entries = await entriesOf(connect(options));
      const rows = entries.map(({ id, source, receivedAt, retriedAt, reason }) => [
        id,
        source,
        receivedAt,
        retriedAt === null ? "waits" : "retried",
        reason,
      ]);
      for (const line of table(["id", "source", "received", "state", "why"], rows)) told.say(line);
      told.result({ data: entries });
    });
  const retry = withConnection(new Command("retry"))
    .description("read it again, once the mapping of its source is mended")
    .argument("[ids...]", "which, as `leadgate quarantine list` shows them")
    .option("--all", "everything that waits")
    .addHelpText("after", "\nExamples:\n  $ leadgate quarantine retry 0197a2b4-…\n  $ leadgate quarantine retry --all")
    .action(runRetry);
  return new Command("quarantine")
    .description("what came in without a usable e-mail address")
    .addCommand(list)
    .addCommand(retry);
}

async function entriesOf(client: Client): Promise<Entry[]> {
  const entries: Entry[] = [];
  for await (const entry of pagesOf<Entry>(client, "/v1/quarantine")) entries.push(entry);
  return entries;
}

async function runRetry(ids: readonly string[], options: QuarantineOptions): Promise<void> {
  const told = createConsole(options);
  const client = connect(options);
  if (ids.length === 0 && !options.all) throw new LeadgateError("bad-setting", "Name what to retry, or give --all.");
  const waiting = options.all ? (await entriesOf(client)).filter(({ retriedAt }) => retriedAt === null) : [];
  const results: { id: string; outcome?: string; reason?: string }[] = [];
  for (const id of options.all ? waiting.map((entry) => entry.id) : ids) {
    try {
      const { outcome } = await client.json<{ outcome: string }>(
        "POST",
        `/v1/quarantine/${encodeURIComponent(id)}/retry`,
      );
      results.push({ id, outcome });
    } catch (error) {
      // What still makes no lead, or is not there, spoils no other; a refused key and a server that is away would.
      if (!(error instanceof LeadgateError) || !["invalid-field", "not-found", "conflict"].includes(error.kind))
        throw error;
      results.push({ id, reason: error.publicMessage });
    }
    const { outcome, reason } = results.at(-1)!;
    told.say(outcome === undefined ? `${told.style.bad("refused")} ${id}: ${reason}` : `${outcome} ${id}`);
  }
  const refused = results.filter(({ reason }) => reason !== undefined).length;
  told.say(`${counted(results.length - refused, "lead")} made, ${refused} refused.`);
  if (refused > 0) process.exitCode = 1;
  told.result({ results });
}
