import { Command } from "commander";
import type { App } from "../app.ts";
import { readEnvironment, readSettings } from "../base/config.ts";
import { LeadgateError } from "../base/errors.ts";
import { createLog, type Log } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .description("migrate the database, take traffic, and do the background work (see ROLE)")
    .option("--json", "print where it listened as one JSON value, as the last line, when it has stopped")
    .addHelpText("after", "\nExamples:\n  $ leadgate serve\n  $ DATABASE_URL=postgresql://… PORT=8080 leadgate serve")
    .action((options: RunOptions) => run(readSettings(), options));
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("do the background work only, as serve does with ROLE=worker")
    .option("--json", "print one JSON value, as the last line, when it has stopped")
    .addHelpText("after", "\nExample:\n  $ DATABASE_URL=postgresql://… leadgate worker")
    .action((options: RunOptions) => run({ ...readSettings(), ROLE: "worker" }, options));
}

interface RunOptions {
  readonly json?: boolean;
}

/** Runs an instance until it is told to stop. */
async function run(settings: Settings, { json }: RunOptions): Promise<void> {
  const log = createLog(settings.LOG_LEVEL);
  // Loaded when it is wanted: it takes a second that the other commands can do without, and in which the database opens.
  const { openFor } = await import("../store/open-for.ts");
  const database = openFor(settings, log);
  database.catch(() => undefined);
  const { createApp } = await import("../app.ts");
  const app = await createApp({ settings, environment: readEnvironment(), log, database });
  let url: string | undefined;
  let ended = true;
  // Made now, or when a database that is away is there.
  const tellKey = (key: string | undefined) => key !== undefined && process.stdout.write(`administrator key: ${key}\n`);
  void app.firstKey.then(tellKey);
  try {
    url = await app.start();
    process.stdout.write(url === undefined ? "leadgate worker running\n" : `leadgate listening on ${url}\n`);
    if (app.database.kind === "embedded") {
      log.warn("the embedded database survives a killed process; against power loss use PostgreSQL (DATABASE_URL)");
    }
    const reload = () => void reloadConfiguration(app, log);
    process.on("SIGHUP", reload);
    await stopSignal(log);
    process.off("SIGHUP", reload);
  } finally {
    ended = await app.stop();
    log.info({ ended }, "stopped");
  }
  if (json) process.stdout.write(`${JSON.stringify({ url: url ?? null, stopped: true })}\n`);
  // Sockets to a database that hangs would keep the process, of which nothing is of use any more.
  if (!ended) process.exit();
}

/** A fault leaves the old configuration in force, and is told where an operator looks. */
async function reloadConfiguration(app: App, log: Log): Promise<void> {
  try {
    await app.reload();
    log.info("the configuration was read anew");
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    for (const { path, message } of error.faults) process.stderr.write(`${path}: ${message}\n`);
    log.error("the configuration has faults; the old one stays in force");
  }
}

function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        log.info({ signal }, "stopping");
        resolve();
      });
    }
  });
}
