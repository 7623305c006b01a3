import { accessSync, constants, existsSync, readdirSync, rmdirSync, statfsSync, statSync, utimesSync } from "node:fs";
import { hostname } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { LeadgateError } from "../../base/errors.ts";
import type { Settings } from "../../base/settings.ts";
import { type DataLock, LOCK_FILE, lockDataDirectory } from "../lock.ts";

/** Where damaged stretches go, beside the folders of the processes. */
export const DAMAGED = "damaged";
/** An owner on another machine that shares the disk says so often that it lives. */
export const HEARTBEAT_MS = 60_000;
const DEAD_AFTER_MS = 5 * HEARTBEAT_MS;

/** Where the spool of the settings is. */
export function spoolDirectory({ SPOOL_URL: url, DATA_DIR }: Pick<Settings, "SPOOL_URL" | "DATA_DIR">): string {
  return url === undefined ? join(DATA_DIR, "spool") : fileURLToPath(url);
}

/** The least room a disk must have, so that what is asked now holds for a while. */
const LEAST_FREE_BYTES = 16 * 1024 ** 2;

/** Why a spool can't be written to there; undefined where it can. */
export function whyNotWritable(directory: string): string | undefined {
  const place = nearestExisting(resolve(directory));
  try {
    accessSync(place, constants.W_OK);
  } catch (error) {
    return `${place} can't be written to (${(error as NodeJS.ErrnoException).code})`;
  }
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize < LEAST_FREE_BYTES ? `the disk of ${place} is full` : undefined;
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** The files damaged stretches of a spool were kept in. */
export function damagedIn(directory: string): string[] {
  return list(join(directory, DAMAGED)).map((name) => join(directory, DAMAGED, name));
}

/** The folders of processes in a spool. */
export function foldersIn(directory: string): string[] {
  return list(directory).filter((name) => name.includes("."));
}

function list(directory: string): string[] {
  try {
    return readdirSync(directory).toSorted();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  }
}

/** Process ids mean nothing on another machine, or in another container: there the heartbeat tells. */
export function livesElsewhere(directory: string, name: string): boolean {
  if (name.startsWith(`${hostName()}.`)) return false;
  try {
    return Date.now() - statSync(join(directory, LOCK_FILE)).mtimeMs < DEAD_AFTER_MS;
  } catch {
    return false;
  }
}

/** The lock of a folder whose owner has ended; undefined while it runs. */
export function lockIfLeft(directory: string): DataLock | undefined {
  try {
    return lockDataDirectory(directory);
  } catch (error) {
    if (error instanceof LeadgateError) return undefined;
    throw error;
  }
}

/** Removes a folder nothing is in any more. */
export function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch {
    // Whoever finds it next removes it.
  }
}

/** Says of a lock that its holder lives. */
export function touch(path: string): void {
  try {
    utimesSync(path, new Date(), new Date());
  } catch {
    // The lock alone must do.
  }
}

/** A name without dots, so that it ends where the id begins. */
export function hostName(): string {
  return hostname().replaceAll(/[^A-Za-z0-9-]/g, "-");
}
