import { Command } from "commander";

/** Every command there is, loaded when it is wanted: `serve` need not wait for what reads CSV files. */
const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./serve.ts")).serveCommand(),
  worker: async () => (await import("./serve.ts")).workerCommand(),
  migrate: async () => (await import("./migrate.ts")).migrateCommand(),
  doctor: async () => (await import("./doctor.ts")).doctorCommand(),
  replay: async () => (await import("./replay.ts")).replayCommand(),
  import: async () => (await import("./import.ts")).importCommand(),
  export: async () => (await import("./export.ts")).exportCommand(),
  compare: async () => (await import("./compare.ts")).compareCommand(),
  requeue: async () => (await import("./requeue.ts")).requeueCommand(),
  keys: async () => (await import("./keys.ts")).keysCommand(),
  quarantine: async () => (await import("./quarantine.ts")).quarantineCommand(),
  "test-send": async () => (await import("./test-send.ts")).testSendCommand(),
  "replay-worker": async () => (await import("./replay-worker.ts")).replayWorkerCommand(),
};

/** Not for people: what another command starts. */
const HIDDEN: ReadonlySet<string> = new Set(["replay-worker"]);

/** The command line. @param wanted the first argument; when it names a command, that one alone is loaded. */
export async function createProgram(wanted: string | undefined): Promise<Command> {
  const program = new Command("leadgate")
    .description("Takes leads in from forms and webhooks: one person, one lead, one mail per template.")
    .showHelpAfterError("(leadgate --help tells what there is)");
  const isOne = wanted !== undefined && Object.hasOwn(COMMANDS, wanted);
  for (const name of isOne ? [wanted] : Object.keys(COMMANDS)) {
    program.addCommand(await COMMANDS[name]!(), { hidden: HIDDEN.has(name) });
  }
  for (const command of [program, ...program.commands.flatMap((one) => [one, ...one.commands])]) command.exitOverride();
  return program;
}
