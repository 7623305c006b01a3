import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LeadgateError } from "../base/errors.ts";

/** The right to open one embedded database, held until released or until this process ends. */
export interface DataLock {
  release(): void;
}

interface Holder {
  readonly pid: number;
  /** When that process started, as the operating system counts it; tells it from a later one with the same id. */
  readonly startedAt: string;
}

/**
 * Takes the lock of an embedded database, since PGlite has none of its own and two processes would ruin the files.
 * A lock left by a process that has ended is taken over.
 *
 * @param directory the data directory; made if it is not there.
 * @throws LeadgateError `locked`, naming the holder's process id.
 */
export function lockDataDirectory(directory: string): DataLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, "leadgate.lock");
  for (let attempt = 0; attempt < 3; attempt++) {
    if (tryCreate(file)) return { release: () => rmSync(file, { force: true }) };
    const holder = readHolder(file);
    if (holder !== undefined && isRunning(holder)) throw heldBy(holder.pid);
    rmSync(file, { force: true });
  }
  throw new LeadgateError("locked", "The data directory is being opened by another process; try again.");
}

function heldBy(pid: number): LeadgateError {
  return new LeadgateError(
    "locked",
    `The embedded database is in use by process ${pid}. Stop that process, set another DATA_DIR, or use PostgreSQL through DATABASE_URL.`,
  );
}

/** `wx` makes creation the test: of two processes that arrive together only one succeeds. */
function tryCreate(file: string): boolean {
  let descriptor: number;
  try {
    descriptor = openSync(file, "wx", 0o600);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
  writeSync(descriptor, JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) } satisfies Holder));
  closeSync(descriptor);
  return true;
}

function readHolder(file: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(readFileSync(file, "utf8"));
    if (typeof holder === "object" && holder !== null && "pid" in holder && "startedAt" in holder) {
      return { pid: Number(holder.pid), startedAt: String(holder.startedAt) };
    }
  } catch {
    // Unreadable or gone: nobody who still runs can be named, so it is as good as left behind.
  }
  return undefined;
}

function isRunning(holder: Holder): boolean {
  if (holder.pid === process.pid) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return startTimeOf(holder.pid) === holder.startedAt;
}

/** Field 22 of `/proc/<pid>/stat` (proc(5)), where there is one; elsewhere the process id alone must do. */
function startTimeOf(pid: number): string {
  const file = `/proc/${pid}/stat`;
  if (!existsSync(file)) return "";
  try {
    const stat = readFileSync(file, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
