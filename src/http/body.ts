import express, { type Request, type RequestHandler } from "express";
import { LeadgateError } from "../base/errors.ts";
import type { Json } from "../lead/types.ts";
import { decodeLatin1, decodeText } from "./decode-text.ts";
import { parseUrlencoded } from "./form-fields.ts";
import { parseMultipart } from "./multipart.ts";
import { parseJson } from "./parse-json.ts";

/** Keeps the body as the bytes that were sent, inflated and bounded: signatures are over bytes, not over what they mean. */
export function rawBody(limitBytes: number): RequestHandler {
  return express.raw({ type: () => true, limit: limitBytes, inflate: true });
}

/** The bytes `rawBody` kept; none where nothing was sent. */
export function bytesOf(request: Request): Buffer {
  return Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
}

/**
 * Reads a body by its content type: JSON, urlencoded or multipart. Bracketed names of forms (`fields[email][value]`)
 * become objects. A body without a content type is taken for JSON when it looks like it.
 *
 * @throws LeadgateError `malformed` or `unsupported-media-type`.
 */
export async function parseBody(request: Request): Promise<Json> {
  const bytes = withoutMark(bytesOf(request));
  const header = request.headers["content-type"] ?? "";
  const type = header.split(";", 1)[0]!.trim().toLowerCase();
  if (type === "application/json" || type.endsWith("+json")) return parseJson(decode(bytes, header));
  if (type === "application/x-www-form-urlencoded") return parseUrlencoded(bytes, isLatin1(header));
  if (type === "multipart/form-data") return parseMultipart(bytes, header);
  if (type === "" && /^\s*[[{]/.test(bytes.subarray(0, 64).toString("latin1"))) return parseJson(decode(bytes, header));
  const message = "must be application/json, application/x-www-form-urlencoded or multipart/form-data";
  throw new LeadgateError("unsupported-media-type", `The Content-Type ${message}.`, {
    faults: [{ path: "Content-Type", message }],
  });
}

/** A byte order mark at the start of a body says nothing and is no part of it (Encoding standard, "UTF-8 decode"). */
function withoutMark(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(MARK) ? bytes.subarray(3) : bytes;
}

const MARK = Buffer.from([0xef, 0xbb, 0xbf]);
const LATIN1 = new Set(["iso-8859-1", "latin1", "windows-1252"]);
const UTF8 = new Set(["utf-8", "utf8", "us-ascii"]);

/** @throws LeadgateError `unsupported-media-type` for any other charset than these. */
function isLatin1(header: string): boolean {
  const charset = /;\s*charset\s*=\s*"?([\w-]+)"?/i.exec(header)?.[1]?.toLowerCase() ?? "utf-8";
  if (LATIN1.has(charset)) return true;
  if (UTF8.has(charset)) return false;
  throw new LeadgateError("unsupported-media-type", "Send the body in UTF-8.", {
    faults: [{ path: "Content-Type", message: "names a charset that is not read here; send the body in UTF-8" }],
  });
}

function decode(bytes: Buffer, header: string): string {
  return isLatin1(header) ? decodeLatin1(bytes) : decodeText(bytes);
}
