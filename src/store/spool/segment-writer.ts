import { open } from "node:fs/promises";
import { join } from "node:path";
import { LeadgateError } from "../../base/errors.ts";
import { createMutex } from "../mutex.ts";
import { syncDirectory } from "./durable-file.ts";
import { encodeRecord } from "./record-format.ts";

/** As much of a file as writing a segment takes; `FileHandle` is one. */
export interface WritableFile {
  write(bytes: Buffer, offset: number, length: number, position: number): Promise<{ readonly bytesWritten: number }>;
  datasync(): Promise<void>;
  truncate(length: number): Promise<void>;
  close(): Promise<void>;
}

export type OpenFile = (path: string, flags: string, mode: number) => Promise<WritableFile>;

/** A file of records that no other writer ever appends to. */
export interface Segment {
  readonly name: string;
  /** Bytes of it that hold what was promised; behind them may be what could not be taken back. */
  bytes: number;
  records: number;
  firstAt: number;
}

export interface WriterDeps {
  readonly directory: string;
  /** Makes the directory before the first segment. */
  readonly prepare: () => Promise<void>;
  /** Told of a segment when it is begun. */
  readonly onSegment: (segment: Segment) => void;
  readonly now: () => Date;
  readonly openFile?: OpenFile | undefined;
}

/** A segment takes no more records past this, so that a drained one can be deleted soon. */
const SEGMENT_BYTES = 4 * 1024 ** 2;
/** Bytes that share one sync at most. */
const GROUP_BYTES = 4 * 1024 ** 2;

interface Waiting {
  readonly text: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/**
 * Appends records to segments. Those that wait while a sync is under way share the next one; a record is promised once
 * its sync is done, and what fails is taken back.
 */
export class SegmentWriter {
  readonly #inTurn = createMutex();
  #waiting: Waiting[] = [];
  #file: WritableFile | undefined;
  #segment: Segment | undefined;
  #number = 0;
  #sequence = 0;

  constructor(private readonly deps: WriterDeps) {}

  /** The segment records go to, which is not to be read before `seal`. */
  get segment(): Segment | undefined {
    return this.#segment;
  }

  append(text: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ text, resolve, reject });
      // One turn is enough for all that were added before it came.
      if (this.#waiting.length === 1) void this.#inTurn(() => this.#flush());
    });
  }

  /** Ends the segment; the next record begins another. */
  seal(): Promise<void> {
    return this.#inTurn(() => this.#end());
  }

  async #flush(): Promise<void> {
    const waiting = this.#waiting;
    this.#waiting = [];
    while (waiting.length > 0) await this.#commit(waiting);
  }

  /** Takes a group from the front. */
  async #commit(waiting: Waiting[]): Promise<void> {
    const group: Waiting[] = [];
    const lines: Buffer[] = [];
    const at = this.deps.now().getTime();
    for (let bytes = 0; waiting.length > 0 && bytes < GROUP_BYTES; bytes += lines.at(-1)!.length) {
      const next = waiting.shift()!;
      group.push(next);
      lines.push(encodeRecord({ sequence: ++this.#sequence, at, text: next.text }));
    }
    try {
      await this.#write(Buffer.concat(lines), group.length, at);
    } catch (error) {
      for (const { reject } of group) reject(notKept(error));
      return;
    }
    for (const { resolve } of group) resolve();
  }

  async #write(bytes: Buffer, records: number, at: number): Promise<void> {
    const file = this.#file ?? (await this.#begin());
    const segment = this.#segment!;
    try {
      await writeAll(file, bytes, segment.bytes);
    } catch (error) {
      await file.truncate(segment.bytes).catch(() => this.#abandon());
      throw error;
    }
    try {
      await file.datasync();
    } catch (error) {
      // After a failed sync nobody knows what of the file is on the disk: nothing more is promised in it.
      await file.truncate(segment.bytes).catch(() => undefined);
      await this.#abandon();
      throw error;
    }
    if (segment.records === 0) segment.firstAt = at;
    segment.records += records;
    segment.bytes += bytes.length;
    if (segment.bytes >= SEGMENT_BYTES) await this.#end();
  }

  async #begin(): Promise<WritableFile> {
    const { directory, prepare, openFile = open } = this.deps;
    await prepare();
    const name = `${String(++this.#number).padStart(8, "0")}.spool`;
    const file = await openFile(join(directory, name), "wx", 0o600);
    const segment = { name, bytes: 0, records: 0, firstAt: 0 };
    try {
      await syncDirectory(directory);
    } catch (error) {
      await file.close();
      throw error;
    }
    this.#file = file;
    this.#segment = segment;
    this.deps.onSegment(segment);
    return file;
  }

  async #end(): Promise<void> {
    const file = this.#file;
    this.#file = undefined;
    this.#segment = undefined;
    await file?.close();
  }

  async #abandon(): Promise<void> {
    await this.#end().catch(() => undefined);
  }
}

/** A write may take less than it was given, on a disk that is nearly full (write(2)). */
async function writeAll(file: WritableFile, bytes: Buffer, position: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await file.write(bytes, done, bytes.length - done, position + done);
    if (bytesWritten === 0) throw Object.assign(new Error("the disk took nothing"), { code: "ENOSPC" });
    done += bytesWritten;
  }
}

function notKept(cause: unknown): LeadgateError {
  const message = "The database can't be reached, and neither can the disk keep this meanwhile; try again.";
  return new LeadgateError("unavailable", message, { cause, retryAfterSeconds: 10 });
}
