import { closeSync, mkdirSync, openSync, readFileSync, rmdirSync, rmSync, statSync, writeSync } from "node:fs";
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

/** In the directory it locks. */
export const LOCK_FILE = "leadgate.lock";

const ATTEMPTS = 25;
const PAUSE_MS = 50;
/** A lock without a holder in it is being written by a live process for this long, after that it was cut short. */
const WRITING_MS = 1_000;

/**
 * Takes the lock of an embedded database, since PGlite has none of its own and two processes would ruin the files.
 * A lock left by a process that has ended is taken over.
 *
 * @param directory the data directory; made if it is not there.
 * @throws LeadgateError `locked`, naming the holder's process id.
 */
export function lockDataDirectory(directory: string): DataLock {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const file = join(directory, LOCK_FILE);
  const own = JSON.stringify({ pid: process.pid, startedAt: startTimeOf(process.pid) } satisfies Holder);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    if (tryCreate(file, own)) return { release: () => releaseOwn(file, own) };
    if (!isLeftBehind(file) || !tryRemoveLeftBehind(file)) pause();
  }
  throw new LeadgateError("locked", "The data directory is being opened by another process; try again.");
}

/** `wx` makes creation the test: of two processes that arrive together only one succeeds. */
function tryCreate(file: string, own: string): boolean {
  const descriptor = unlessCode("EEXIST", () => openSync(file, "wx", 0o600));
  if (descriptor === undefined) return false;
  writeSync(descriptor, own);
  closeSync(descriptor);
  return true;
}

/** Throws LeadgateError `locked` when its holder runs; false also while it is being written, or gone by now. */
function isLeftBehind(file: string): boolean {
  const text = unlessCode("ENOENT", () => readFileSync(file, "utf8"));
  if (text === undefined) return false;
  const holder = readHolder(text);
  if (holder === undefined) return ageOf(file) > WRITING_MS;
  if (!isRunning(holder)) return true;
  throw new LeadgateError(
    "locked",
    `The embedded database is in use by process ${holder.pid}. Stop that process, set another DATA_DIR, or use PostgreSQL through DATABASE_URL.`,
  );
}

/**
 * Processes that find the same old lock take turns, and each looks again in its turn: else the slower one would remove
 * the new lock of the faster.
 */
function tryRemoveLeftBehind(file: string): boolean {
  const turn = `${file}.turn`;
  if (unlessCode("EEXIST", () => mkdirSync(turn) ?? true) === undefined) {
    if (ageOf(turn) > 10 * WRITING_MS) unlessCode("ENOENT", () => rmdirSync(turn));
    return false;
  }
  try {
    if (isLeftBehind(file)) rmSync(file, { force: true });
    return true;
  } finally {
    rmdirSync(turn);
  }
}

function releaseOwn(file: string, own: string): void {
  if (unlessCode("ENOENT", () => readFileSync(file, "utf8")) === own) rmSync(file, { force: true });
}

function readHolder(text: string): Holder | undefined {
  try {
    const holder: unknown = JSON.parse(text);
    if (typeof holder === "object" && holder !== null && "pid" in holder && "startedAt" in holder) {
      return { pid: Number(holder.pid), startedAt: String(holder.startedAt) };
    }
  } catch {
    // Half written, or nothing of ours: nobody can be named.
  }
  return undefined;
}

/** This process' own id is no exception: in a container the server is process 1 before and after a crash. */
function isRunning(holder: Holder): boolean {
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    // EPERM: it runs, under another user.
    if ((error as NodeJS.ErrnoException).code !== "EPERM") return false;
  }
  return startTimeOf(holder.pid) === holder.startedAt;
}

/**
 * The boot, and the tick of it (field 22 of `/proc/<pid>/stat`, proc(5)), where there is a `/proc`; elsewhere the
 * process id alone must do. A process that has ended but was not waited for has no start time.
 */
function startTimeOf(pid: number): string {
  try {
    const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const [state, ...rest] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return state === "Z" ? "" : `${boot} ${rest[18]}`;
  } catch {
    return "";
  }
}

function ageOf(path: string): number {
  const made = unlessCode("ENOENT", () => statSync(path).mtimeMs);
  return made === undefined ? 0 : Date.now() - made;
}

/** Waits without giving way: nothing else of this process has begun when the lock is taken. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
}

function unlessCode<Result>(code: string, work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === code) return undefined;
    throw error;
  }
}
