import { createHash } from "node:crypto";
import { createReadStream, statSync } from "node:fs";
import { LeadgateError } from "../base/errors.ts";

const ENCODINGS = ["utf-8", "utf-16le", "utf-16be", "windows-1252"] as const;
export type Encoding = (typeof ENCODINGS)[number];

/** A text file somebody exported somewhere. */
export interface TextFile {
  readonly path: string;
  readonly sizeBytes: number;
  readonly encoding: Encoding;
  /** SHA-256 of its bytes, hexadecimal. */
  readonly digest: string;
  /** Its beginning, as text. */
  readonly head: string;
  /** Its text in pieces, without a byte order mark; `onBytes` is told how much was read. */
  chunks(onBytes?: (bytes: number) => void): AsyncGenerator<string>;
}

const HEAD_BYTES = 65_536;

/**
 * Looks through a file once: its digest, and how its characters are written. A byte order mark says so; else what is
 * no UTF-8 is Windows-1252, which is what spreadsheets save on Windows.
 *
 * @throws LeadgateError `bad-setting` when it can't be read.
 */
export async function openTextFile(path: string): Promise<TextFile> {
  const hash = createHash("sha256");
  const utf8 = new Utf8Count();
  let head: Buffer = Buffer.alloc(0);
  try {
    for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
      hash.update(chunk);
      if (head.length < HEAD_BYTES) head = Buffer.concat([head, chunk.subarray(0, HEAD_BYTES - head.length)]);
      utf8.look(chunk);
    }
  } catch (error) {
    throw unreadable(path, error);
  }
  const encoding = encodingOf(head, utf8.isLikely());
  return {
    path,
    encoding,
    sizeBytes: statSync(path).size,
    digest: hash.digest("hex"),
    head: decoder(encoding)(head, true),
    chunks: (onBytes) => chunksOf(path, encoding, onBytes),
  };
}

async function* chunksOf(
  path: string,
  encoding: Encoding,
  onBytes: ((bytes: number) => void) | undefined,
): AsyncGenerator<string> {
  const decode = decoder(encoding);
  let read = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>) {
    read += chunk.length;
    onBytes?.(read);
    yield decode(chunk, true);
  }
  yield decode(Buffer.alloc(0), false);
}

/** Counts characters that only UTF-8 explains against bytes it can't: one broken byte does not make a file Latin. */
class Utf8Count {
  readonly #decoder = new TextDecoder();
  #good = 0;
  #bad = 0;

  look(chunk: Buffer): void {
    const text = this.#decoder.decode(chunk, { stream: true });
    this.#good += text.match(/[^\0-\x7f\ufffd]/g)?.length ?? 0;
    this.#bad += text.match(/\ufffd/g)?.length ?? 0;
  }

  isLikely(): boolean {
    return this.#bad === 0 || this.#good > this.#bad;
  }
}

function encodingOf(head: Buffer, isUtf8: boolean): Encoding {
  if (head[0] === 0xff && head[1] === 0xfe) return "utf-16le";
  if (head[0] === 0xfe && head[1] === 0xff) return "utf-16be";
  if (head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf) return "utf-8";
  const zeros = [0, 0];
  for (const [index, byte] of head.entries()) if (byte === 0) zeros[index % 2]! += 1;
  const [even = 0, odd = 0] = zeros;
  if (Math.max(even, odd) > head.length / 5) return odd > even ? "utf-16le" : "utf-16be";
  return isUtf8 ? "utf-8" : "windows-1252";
}

function decoder(encoding: Encoding): (bytes: Buffer, more: boolean) => string {
  if (encoding === "windows-1252") return (bytes) => windows1252(bytes);
  const decoding = new TextDecoder(encoding);
  return (bytes, more) => decoding.decode(bytes, { stream: more });
}

/** The Encoding standard's index of windows-1252 for 0x80 to 0x9f; some releases of Node decode these as controls. */
const HIGH = "€\u0081‚ƒ„…†‡ˆ‰Š‹Œ\u008dŽ\u008f\u0090‘’“”•–—˜™š›œ\u009džŸ";

function windows1252(bytes: Buffer): string {
  return bytes.toString("latin1").replace(/[\u0080-\u009f]/g, (byte) => HIGH[byte.charCodeAt(0) - 0x80]!);
}

function unreadable(path: string, error: unknown): LeadgateError {
  const code = (error as NodeJS.ErrnoException).code;
  const why = code === "ENOENT" ? "There is no file" : code === "EISDIR" ? "That is a folder, not a file:" : undefined;
  const message = why === undefined ? `The file ${path} can't be read (${code}).` : `${why} ${path}`;
  return new LeadgateError("bad-setting", `${message.replace(/\.$/, "")}.`, { cause: error });
}
