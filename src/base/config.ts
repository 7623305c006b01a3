import { existsSync, readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { parseSettings, type Settings } from "./settings.ts";

/**
 * The settings of this process: the environment, and under it the file `.env` of the working directory.
 * The one place that reads `process.env`.
 *
 * @throws LeadgateError `bad-setting`, one fault for each bad value.
 */
export function readSettings(): Settings {
  return parseSettings(readEnvironment());
}

/** The environment over `.env`, for `${NAME}` in the configuration file. */
export function readEnvironment(): Record<string, string | undefined> {
  const file = existsSync(".env") ? parseEnv(readFileSync(".env", "utf8")) : {};
  return { ...file, ...process.env };
}
