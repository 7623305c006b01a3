import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { LeadgateError } from "../../base/errors.ts";
import { uuidV7 } from "../../base/ids.ts";
import type { Log } from "../../base/log.ts";
import type { Settings } from "../../base/settings.ts";
import { type DataLock, LOCK_FILE, lockDataDirectory } from "../lock.ts";
import { syncDirectory, writeDurably } from "./durable-file.ts";
import { type OpenFile, type Segment, SegmentWriter } from "./segment-writer.ts";
import type { Spool, SpoolEntry, SpoolState } from "./spool.ts";
import {
  DAMAGED,
  damagedIn,
  foldersIn,
  HEARTBEAT_MS,
  hostName,
  livesElsewhere,
  lockIfLeft,
  removeIfEmpty,
  spoolDirectory,
  touch,
  whyNotWritable,
} from "./spool-directory.ts";
import { SpoolFolder } from "./spool-folder.ts";

export interface DiskSpoolOptions {
  /** Made when there is something to keep. */
  readonly directory: string;
  /** Records are refused past this, over all folders of this process. */
  readonly limitBytes: number;
  readonly now: () => Date;
  readonly log: Log;
  /** How segments are opened, where it is not as the operating system does. */
  readonly openFile?: OpenFile | undefined;
}

/** A folder this process holds the lock of. */
interface Held {
  readonly folder: SpoolFolder;
  readonly lock: DataLock;
}

/**
 * A spool on the disk. Each process writes into a folder of its own, `<host>.<id>`, so that several share a directory
 * without waiting for each other; what one that has ended left is taken over by the others, under its lock.
 */
export class DiskSpool implements Spool {
  readonly #options: DiskSpoolOptions;
  readonly #own: string;
  readonly #writer: SegmentWriter;
  readonly #held: Held[] = [];
  #ownFolder: SpoolFolder | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #given: SpoolFolder | undefined;
  #damaged = 0;
  /** Bytes of records that are being appended. */
  #underWay = 0;
  #closed = false;

  constructor(options: DiskSpoolOptions) {
    this.#options = options;
    this.#own = join(options.directory, `${hostName()}.${uuidV7(options.now().getTime())}`);
    this.#writer = new SegmentWriter({
      directory: this.#own,
      prepare: () => this.#begin(),
      onSegment: (segment) => void this.#ownFolder!.segments.push(segment),
      now: options.now,
      openFile: options.openFile,
    });
    this.#damaged = damagedIn(options.directory).length;
  }

  async append(record: string): Promise<void> {
    if (this.#closed) throw new LeadgateError("unavailable", "This process is stopping.", { retryAfterSeconds: 5 });
    const bytes = Buffer.byteLength(record);
    if (this.state().bytes + this.#underWay + bytes > this.#options.limitBytes) {
      const message = "The database can't be reached, and the spool is full (SPOOL_LIMIT); try again.";
      throw new LeadgateError("unavailable", message, { retryAfterSeconds: 30 });
    }
    this.#underWay += bytes;
    try {
      await this.#writer.append(record);
    } finally {
      this.#underWay -= bytes;
    }
  }

  async read(limit: number): Promise<readonly SpoolEntry[]> {
    for (const held of [...this.#held]) {
      const records = await held.folder.read(limit);
      this.#given = held.folder;
      if (records.length > 0) return records.map(({ text, at }) => ({ record: text, spooledAt: new Date(at) }));
      if (held.folder !== this.#ownFolder) this.#leave(held);
    }
    return [];
  }

  async acknowledge(entries: readonly SpoolEntry[]): Promise<void> {
    if (entries.length > 0) await this.#given!.acknowledge(entries.length);
  }

  async keepAside({ record, spooledAt }: SpoolEntry): Promise<void> {
    await this.#keepDamage(uuidV7(spooledAt.getTime()), Buffer.from(`${record}\n`));
  }

  async erase(matches: (text: string) => boolean): Promise<number> {
    let erased = 0;
    for (const { folder } of this.#held) erased += await folder.erase(matches);
    for (const path of damagedIn(this.#options.directory)) {
      if (!matches(readFileSync(path, "utf8"))) continue;
      rmSync(path, { force: true });
      this.#damaged--;
      erased++;
    }
    return erased;
  }

  async adopt(): Promise<number> {
    this.#damaged = damagedIn(this.#options.directory).length;
    const adopted: Held[] = [];
    for (const name of foldersIn(this.#options.directory)) {
      const directory = join(this.#options.directory, name);
      if (this.#held.some(({ folder }) => folder.directory === directory) || livesElsewhere(directory, name)) continue;
      const lock = lockIfLeft(directory);
      if (lock === undefined) continue;
      const folder = new SpoolFolder(directory, (place, bytes) => this.#keepDamage(`${name}.${place}`, bytes));
      await folder.scan();
      adopted.push({ folder, lock });
    }
    // Oldest first, and before the own folder, whose records are newer.
    this.#held.unshift(...adopted);
    this.#beat();
    return adopted.reduce((sum, { folder }) => sum + folder.records, 0);
  }

  state(): SpoolState {
    const folders = this.#held.map(({ folder }) => folder);
    const oldest = Math.min(...folders.flatMap(({ oldestAt }) => oldestAt ?? []));
    return {
      records: folders.reduce((sum, { records }) => sum + records, 0),
      bytes: folders.reduce((sum, { bytes }) => sum + bytes, 0),
      oldestAt: Number.isFinite(oldest) ? new Date(oldest) : null,
      damaged: this.#damaged,
    };
  }

  async check(): Promise<string | undefined> {
    const { directory, limitBytes } = this.#options;
    if (this.state().bytes >= limitBytes) return "the spool is full (SPOOL_LIMIT)";
    return whyNotWritable(directory);
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#heartbeat);
    await this.#writer.seal();
    for (const held of [...this.#held]) {
      if (held.folder.records === 0) await held.folder.read(1);
      this.#leave(held);
    }
  }

  /** Makes the own folder and its lock, when there is something to keep. */
  async #begin(): Promise<void> {
    if (this.#ownFolder !== undefined) return;
    const lock = lockDataDirectory(this.#own);
    await syncDirectory(this.#options.directory);
    await syncDirectory(dirname(resolve(this.#options.directory)));
    const seal = async (segment: Segment) => {
      if (segment === this.#writer.segment) await this.#writer.seal();
    };
    this.#ownFolder = new SpoolFolder(this.#own, (place, bytes) => this.#keepDamage(place, bytes), seal);
    this.#held.push({ folder: this.#ownFolder, lock });
    this.#beat();
  }

  /** Says now and then that whoever holds these folders lives. */
  #beat(): void {
    if (this.#held.length === 0) return;
    this.#heartbeat ??= setInterval(() => {
      for (const { folder } of this.#held) touch(join(folder.directory, LOCK_FILE));
    }, HEARTBEAT_MS).unref();
  }

  /** Gives a folder up: to the next start while something waits in it, else for good. */
  #leave(held: Held): void {
    const { folder, lock } = held;
    if (folder.segments.length === 0) rmSync(join(folder.directory, "acknowledged"), { force: true });
    lock.release();
    this.#held.splice(this.#held.indexOf(held), 1);
    if (folder.segments.length === 0) removeIfEmpty(folder.directory);
  }

  async #keepDamage(name: string, bytes: Uint8Array): Promise<void> {
    const directory = join(this.#options.directory, DAMAGED);
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    await writeDurably(join(directory, `${name}.${DAMAGED}`), bytes);
    await syncDirectory(this.#options.directory);
    this.#damaged = damagedIn(this.#options.directory).length;
    this.#options.log.error({ file: `${DAMAGED}/${name}.${DAMAGED}` }, "part of the spool is kept aside");
  }
}

/** The spool of the settings: the folder they name, else `spool` in the data directory. */
export function spoolFrom(
  settings: Pick<Settings, "SPOOL_URL" | "SPOOL_LIMIT" | "DATA_DIR">,
  options: Pick<DiskSpoolOptions, "now" | "log" | "openFile">,
): Spool {
  return new DiskSpool({ ...options, directory: spoolDirectory(settings), limitBytes: settings.SPOOL_LIMIT });
}
