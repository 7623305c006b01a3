import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { parseConfiguration } from "../base/configuration-file.ts";
import { LeadgateError } from "../base/errors.ts";
import { type Settings, settingsShape } from "../base/settings.ts";
import { loadTemplates, type Templates } from "../mail/templates.ts";
import { type Configuration, compileConfiguration, DEFAULT_CONFIGURATION } from "./configuration.ts";

/** What the configuration file and the templates say, checked against each other. */
export interface Loaded {
  readonly configuration: Configuration;
  readonly templates: Templates;
}

/**
 * Reads the configuration file and the templates. Without a file the built-in configuration is in force.
 *
 * @param environment for `${NAME}` in the file.
 * @throws LeadgateError `bad-setting` with every fault and its place.
 */
export async function loadConfiguration(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<Loaded> {
  const file = settings.LEADGATE_CONFIG;
  const templates = await loadTemplates({ directory: templatesDirectory(settings) });
  if (!existsSync(file)) {
    if (file !== settingsShape.LEADGATE_CONFIG.parse(undefined)) throw missing("LEADGATE_CONFIG", "file");
    return { templates, configuration: DEFAULT_CONFIGURATION };
  }
  const parsed = parseConfiguration(readFileSync(file, "utf8"), basename(file), environment);
  return { templates, configuration: compileConfiguration(parsed, (name) => templates.has(name)) };
}

function templatesDirectory(settings: Settings): string {
  const named = settings.TEMPLATES_DIR;
  if (named !== undefined && !existsSync(named)) throw missing("TEMPLATES_DIR", "folder");
  return named ?? join(dirname(settings.LEADGATE_CONFIG), "templates");
}

function missing(setting: string, what: string): LeadgateError {
  const faults = [{ path: setting, message: `names a ${what} that is not there` }];
  return new LeadgateError("bad-setting", "Some settings are wrong.", { faults });
}
