import { brotliDecompressSync, gunzipSync, inflateSync } from "node:zlib";
import { LeadgateError } from "../base/errors.ts";

const READERS: Readonly<Record<string, (bytes: Buffer, options: { maxOutputLength: number }) => Buffer>> = {
  gzip: gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** Whether a body with this `Content-Encoding` is packed in a way that is read here. */
export function isPacked(encoding: string): boolean {
  return Object.hasOwn(READERS, encoding);
}

/**
 * Unpacks a body at once. A stream would hand it out in pieces of 16 kB, each a turn of the event loop: beside other
 * work a small body that unpacks to the limit and over took seconds to be refused.
 *
 * @param limitBytes what comes out is at most this long.
 * @throws LeadgateError `too-large`, or `malformed` when it is cut or no such format.
 */
export function inflate(bytes: Buffer, encoding: string, limitBytes: number): Buffer {
  if (bytes.length === 0) return bytes;
  try {
    return READERS[encoding]!(bytes, { maxOutputLength: limitBytes });
  } catch (error) {
    if ((error as { code?: string }).code === "ERR_BUFFER_TOO_LARGE") {
      throw new LeadgateError("too-large", "The body is larger than this service takes; see BODY_LIMIT.", {
        cause: error,
      });
    }
    const message = `is not what its Content-Encoding says (${encoding}), or is cut`;
    throw new LeadgateError("malformed", `The body ${message}.`, { cause: error, faults: [{ path: "", message }] });
  }
}
