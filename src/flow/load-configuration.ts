import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Settings } from "../base/settings.ts";
import { loadTemplates, type Templates } from "../mail/templates.ts";
import type { Configuration } from "./configuration.ts";
import { missing, readConfiguration } from "./read-configuration.ts";

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
  const templates = await loadTemplates({ directory: templatesDirectory(settings) });
  return { templates, configuration: readConfiguration(settings, environment, (name) => templates.has(name)) };
}

function templatesDirectory(settings: Settings): string {
  const named = settings.TEMPLATES_DIR;
  if (named !== undefined && !existsSync(named)) throw missing("TEMPLATES_DIR", "folder");
  return named ?? join(dirname(settings.LEADGATE_CONFIG), "templates");
}
