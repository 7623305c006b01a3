import { existsSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { parseConfiguration } from "../base/configuration-file.ts";
import { LeadgateError } from "../base/errors.ts";
import { type Settings, settingsShape } from "../base/settings.ts";
import { type Configuration, compileConfiguration, DEFAULT_CONFIGURATION } from "./configuration.ts";

/**
 * Reads the configuration file alone. Without a file the built-in configuration is in force.
 *
 * @param environment for `${NAME}` in the file.
 * @param hasTemplate whether there is a mail template of that name.
 * @throws LeadgateError `bad-setting` with every fault and its place.
 */
export function readConfiguration(
  settings: Settings,
  environment: Readonly<Record<string, string | undefined>>,
  hasTemplate: (name: string) => boolean,
): Configuration {
  const file = settings.LEADGATE_CONFIG;
  if (!existsSync(file)) {
    if (file !== settingsShape.LEADGATE_CONFIG.parse(undefined)) throw missing("LEADGATE_CONFIG", "file");
    return DEFAULT_CONFIGURATION;
  }
  return compileConfiguration(parseConfiguration(readFileSync(file, "utf8"), basename(file), environment), hasTemplate);
}

/** A setting names something that is not there. */
export function missing(setting: string, what: string): LeadgateError {
  const faults = [{ path: setting, message: `names a ${what} that is not there` }];
  return new LeadgateError("bad-setting", "Some settings are wrong.", { faults });
}
