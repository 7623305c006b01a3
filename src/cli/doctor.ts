import { Command } from "commander";
import { readEnvironment, readSettings } from "../base/config.ts";
import { LeadgateError } from "../base/errors.ts";
import type { Settings } from "../base/settings.ts";
import { hasEmbedded, openReadOnly } from "../store/read-only.ts";
import { checkSpool } from "./check-spool.ts";
import { counted, createConsole } from "./console.ts";
import { type Checked, checkDatabase, checkDisk, checkMail } from "./doctor-checks.ts";

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("look whether everything is as it should be, and tell how to mend what is not; changes nothing")
    .option("--json", "print the result as one JSON value, as the last line")
    .addHelpText(
      "after",
      `
Ends with 1 when there is something to mend. The embedded database must not be in use.

Examples:
  $ leadgate doctor
  $ leadgate doctor --json`,
    )
    .action(runDoctor);
}

async function runDoctor(options: { json?: boolean }): Promise<void> {
  const told = createConsole(options);
  const checks = await examine();
  for (const { check, told: what, mend } of checks) {
    told.say(`${mend === undefined ? told.style.good("ok    ") : told.style.bad("finding")} ${check}: ${what}`);
    if (mend !== undefined) told.say(`        ${mend}`);
  }
  const findings = checks.filter(({ mend }) => mend !== undefined);
  told.say();
  told.say(findings.length === 0 ? "Nothing to mend." : told.style.bad(`${counted(findings.length, "finding")}.`));
  if (findings.length > 0) process.exitCode = 1;
  const view = ({ check, told: message, mend }: Checked) => ({ check, message, ...(mend !== undefined && { mend }) });
  told.result({ findings: findings.map(view), checks: checks.map(view) });
}

async function examine(): Promise<Checked[]> {
  let settings: Settings;
  try {
    settings = readSettings();
  } catch (error) {
    return faults("settings", error, "Correct it in the environment or in .env; .env.example tells what each takes.");
  }
  try {
    const { loadConfiguration } = await import("../flow/load-configuration.ts");
    const { configuration } = await loadConfiguration(settings, readEnvironment());
    return [
      { check: "settings", told: "all can be read" },
      {
        check: "configuration",
        told: configuration.sources === undefined ? "no sources named: any is taken" : "can be read",
      },
      ...checkMail(settings, configuration),
      checkDisk(settings),
      ...(await checkSpool(settings)),
      ...(await examineDatabase(settings, (session) => checkDatabase(session, configuration))),
    ];
  } catch (error) {
    if (error instanceof LeadgateError && error.kind === "bad-setting") {
      return faults("configuration", error, "Correct the file at that line; the service keeps the old one until then.");
    }
    throw error;
  }
}

async function examineDatabase(
  { DATABASE_URL: url, DATA_DIR: dataDirectory }: Settings,
  look: (session: Awaited<ReturnType<typeof openReadOnly>>) => Promise<Checked[]>,
): Promise<Checked[]> {
  if (url === undefined && !hasEmbedded(dataDirectory)) {
    return [{ check: "database", told: `none in ${dataDirectory} yet; the first start makes it` }];
  }
  try {
    const session = await openReadOnly({ url, dataDirectory });
    try {
      const where =
        session.kind === "embedded" ? `embedded in ${dataDirectory}, its lock is free` : "PostgreSQL can be reached";
      return [{ check: "database", told: where }, ...(await look(session))];
    } finally {
      await session.close();
    }
  } catch (error) {
    if (!(error instanceof LeadgateError) || error.kind !== "unavailable") throw error;
    const mend = "See that PostgreSQL runs and that DATABASE_URL is right: host, port, user, password, name.";
    return [{ check: "database", told: "it can't be reached", mend }];
  }
}

function faults(check: string, error: unknown, mend: string): Checked[] {
  if (!(error instanceof LeadgateError)) throw error;
  if (error.faults.length === 0) return [{ check, told: error.publicMessage, mend }];
  return error.faults.map(({ path, message }) => ({ check, told: `${path}: ${message}`, mend }));
}
