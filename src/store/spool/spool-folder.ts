import { readdirSync, readFileSync, rmSync } from "node:fs";
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { writeDurably } from "./durable-file.ts";
import { type Damage, encodeRecord, readSegment, type StoredRecord } from "./record-format.ts";
import type { Segment } from "./segment-writer.ts";

/** Keeps damaged bytes where an operator finds them; told twice of the same, it keeps them once. */
export type KeepDamage = (name: string, bytes: Uint8Array) => Promise<void>;

/** Up to which record everything was acknowledged, written like a record itself. */
const ACKNOWLEDGED = "acknowledged";
const SEGMENT = /^\d{8}\.spool$/;

/** The segments of one folder, oldest first: reading, acknowledging and erasing. Writing is `SegmentWriter`'s. */
export class SpoolFolder {
  readonly segments: Segment[] = [];
  /** What is left of the oldest segment, once it was read. */
  #head: StoredRecord[] | undefined;
  #acknowledged = 0;

  /** @param seal ends the segment that is being written, if it is this one. */
  constructor(
    readonly directory: string,
    private readonly keepDamage: KeepDamage,
    private readonly seal: (segment: Segment) => Promise<void> = async () => undefined,
  ) {}

  /** Counts what a process that has ended left behind. */
  async scan(): Promise<void> {
    this.#acknowledged = readAcknowledged(this.directory);
    const names = readdirSync(this.directory);
    for (const name of names.filter((one) => one.endsWith(".partial"))) rmSync(join(this.directory, name));
    for (const name of names.filter((one) => SEGMENT.test(one)).toSorted()) {
      const bytes = await readFile(join(this.directory, name));
      const records = readSegment(bytes).records.filter(({ sequence }) => sequence > this.#acknowledged);
      const firstAt = records[0]?.at ?? 0;
      this.segments.push({ name, bytes: bytes.length, records: records.length, firstAt });
    }
  }

  get records(): number {
    return this.segments.reduce((sum, { records }) => sum + records, 0);
  }

  get bytes(): number {
    return this.segments.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /** Unix milliseconds; undefined where nothing waits. */
  get oldestAt(): number | undefined {
    return this.#head?.[0]?.at ?? this.segments.find(({ records }) => records > 0)?.firstAt;
  }

  /** The oldest records that are not acknowledged, of one segment. */
  async read(limit: number): Promise<readonly StoredRecord[]> {
    for (let [segment] = this.segments; segment !== undefined; [segment] = this.segments) {
      this.#head ??= await this.#load(segment);
      if (this.#head.length > 0) return this.#head.slice(0, limit);
      await this.#drop(segment);
    }
    return [];
  }

  /** Drops the first so many of those `read` gives. */
  async acknowledge(count: number): Promise<void> {
    const last = this.#head?.[count - 1];
    const [segment] = this.segments;
    if (this.#head === undefined || last === undefined || segment === undefined) throw new RangeError("not read yet");
    const place = encodeRecord({ sequence: last.sequence, at: last.at, text: "" });
    await writeDurably(join(this.directory, ACKNOWLEDGED), place);
    this.#acknowledged = last.sequence;
    this.#head.splice(0, count);
    segment.records -= count;
    if (this.#head.length === 0) await this.#drop(segment);
  }

  /**
   * Writes the segments anew without what the predicate picks, and without what need not stand in them any more: what was
   * acknowledged may be of the same person.
   *
   * @returns how many records are gone that were still to be given out.
   */
  async erase(matches: (text: string) => boolean): Promise<number> {
    let erased = 0;
    for (const segment of [...this.segments]) {
      const records = await this.#load(segment);
      const rest = records.filter(({ text }) => !matches(text));
      const bytes = Buffer.concat(rest.map(encodeRecord));
      if (bytes.length === segment.bytes) continue;
      await writeDurably(join(this.directory, segment.name), bytes);
      erased += records.length - rest.length;
      Object.assign(segment, { records: rest.length, bytes: bytes.length });
      this.#head = undefined;
    }
    return erased;
  }

  /** What is not acknowledged of a segment, which gets no more from now on. Damage in it is kept aside. */
  async #load(segment: Segment): Promise<StoredRecord[]> {
    await this.seal(segment);
    const whole = await readFile(join(this.directory, segment.name));
    const bytes = whole.subarray(0, segment.bytes);
    const { records, damage, tornBytes } = readSegment(bytes);
    const isLast = segment === this.segments.at(-1);
    for (const one of isLast ? damage : [...damage, ...torn(bytes, tornBytes)]) {
      await this.keepDamage(`${segment.name}.${one.offset}`, one.bytes);
    }
    return records.filter(({ sequence }) => sequence > this.#acknowledged);
  }

  async #drop(segment: Segment): Promise<void> {
    await this.seal(segment);
    await rm(join(this.directory, segment.name), { force: true });
    this.segments.splice(this.segments.indexOf(segment), 1);
    this.#head = undefined;
  }
}

/** What waits in a folder, as far as it can be read; whoever owns it goes on meanwhile. */
export async function* waitingIn(directory: string): AsyncGenerator<StoredRecord> {
  const acknowledged = readAcknowledged(directory);
  for (const name of readdirSync(directory).filter((one) => SEGMENT.test(one))) {
    const { records } = readSegment(await readFile(join(directory, name)).catch(gone));
    yield* records.filter(({ sequence }) => sequence > acknowledged);
  }
}

/** Drained in the meantime. */
function gone(error: NodeJS.ErrnoException): Buffer {
  if (error.code === "ENOENT") return Buffer.alloc(0);
  throw error;
}

/** A segment that another follows was written to its end: what is cut off in it was promised. */
function torn(bytes: Buffer, tornBytes: number): Damage[] {
  const offset = bytes.length - tornBytes;
  return tornBytes === 0 ? [] : [{ offset, bytes: bytes.subarray(offset) }];
}

/** Where it can't be read everything is given out again, which is harmless. */
function readAcknowledged(directory: string): number {
  try {
    const { records } = readSegment(readFileSync(join(directory, ACKNOWLEDGED)));
    return records[0]?.sequence ?? 0;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
}
