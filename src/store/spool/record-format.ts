import { crc32 } from "node:zlib";

/** A record as it stands in a segment. */
export interface StoredRecord {
  /** Counts up in a folder and never repeats: what was acknowledged is told by it. */
  readonly sequence: number;
  /** Unix milliseconds. */
  readonly at: number;
  readonly text: string;
}

/** Bytes that are no record although records stand behind them, or that were once whole. */
export interface Damage {
  readonly offset: number;
  readonly bytes: Buffer;
}

export interface SegmentContent {
  readonly records: readonly StoredRecord[];
  readonly damage: readonly Damage[];
  /** Bytes at the end that were never written whole. */
  readonly tornBytes: number;
}

const MAGIC = "lg1 ";
/** Hexadecimal digits of checksum, length, sequence and time, each with a blank behind it. */
const HEADER = /^lg1 ([0-9a-f]{8}) ([0-9a-f]{8}) ([0-9a-f]{13}) ([0-9a-f]{12}) $/;
const CHECKSUM_END = MAGIC.length + 9;
const HEADER_LENGTH = CHECKSUM_END + 9 + 14 + 13;
const NEWLINE = 0x0a;

/**
 * Writes a record as a line: `lg1 <crc32> <length> <sequence> <time> <text>`, numbers in hexadecimal and of fixed width,
 * the length in bytes, the checksum over everything behind it.
 *
 * @param record its text without a line break, so that one is found again behind damage wherever a line begins.
 */
export function encodeRecord({ sequence, at, text }: StoredRecord): Buffer {
  if (text.includes("\n")) throw new TypeError("a record has no line break");
  const body = `${hex(Buffer.byteLength(text), 8)} ${hex(sequence, 13)} ${hex(at, 12)} ${text}`;
  return Buffer.from(`${MAGIC}${hex(crc32(body), 8)} ${body}\n`);
}

/**
 * Reads a segment. What is damaged is set apart, and the records behind it are found again. Bytes at the end that do not
 * close with a line break were cut off while they were written: nobody was told that they are kept.
 */
export function readSegment(bytes: Buffer): SegmentContent {
  const records: StoredRecord[] = [];
  const damage: Damage[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const found = recordAt(bytes, offset);
    if (found !== undefined) {
      records.push(found.record);
      offset = found.end;
      continue;
    }
    const next = nextRecord(bytes, offset);
    if (next === undefined && bytes.at(-1) !== NEWLINE) return { records, damage, tornBytes: bytes.length - offset };
    damage.push({ offset, bytes: bytes.subarray(offset, next) });
    offset = next ?? bytes.length;
  }
  return { records, damage, tornBytes: 0 };
}

function recordAt(bytes: Buffer, offset: number): { record: StoredRecord; end: number } | undefined {
  const start = offset + HEADER_LENGTH;
  const header = HEADER.exec(bytes.toString("latin1", offset, start));
  if (header === null) return undefined;
  const [checksum, length, sequence, at] = header.slice(1).map((digits) => Number.parseInt(digits, 16)) as Numbers;
  const textEnd = start + length;
  if (textEnd > bytes.length || crc32(bytes.subarray(offset + CHECKSUM_END, textEnd)) !== checksum) return undefined;
  // The checksum holds, so the record does, even where the line break behind it does not.
  return {
    record: { sequence, at, text: bytes.toString("utf8", start, textEnd) },
    end: Math.min(textEnd + 1, bytes.length),
  };
}

type Numbers = [checksum: number, length: number, sequence: number, at: number];

function nextRecord(bytes: Buffer, from: number): number | undefined {
  for (let line = bytes.indexOf(NEWLINE, from); line !== -1; line = bytes.indexOf(NEWLINE, line + 1)) {
    if (recordAt(bytes, line + 1) !== undefined) return line + 1;
  }
  return undefined;
}

function hex(number: number, digits: number): string {
  return number.toString(16).padStart(digits, "0");
}
