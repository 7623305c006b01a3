import express, { type Request, type RequestHandler } from "express";
import { LeadgateError } from "../base/errors.ts";
import { parseJson } from "../lead/parse-json.ts";
import type { Json } from "../lead/types.ts";
import { createBodyBudget } from "./body-budget.ts";
import { decodeLatin1, decodeText } from "./decode-text.ts";
import { parseUrlencoded } from "./form-fields.ts";
import { inflate, isPacked } from "./inflate.ts";
import { parseMultipart } from "./multipart.ts";

/** Large bodies that are still coming in hold this much at most, unless so few of the largest hold more. */
const MOST_HELD_BYTES = 32 * 2 ** 20;
const LEAST_LARGE = 8;

/** Keeps the body as the bytes that were sent, inflated and bounded: signatures are over bytes, not over what they mean. */
export function rawBody(limitBytes: number): RequestHandler {
  const read = express.raw({ type: () => true, limit: limitBytes, inflate: false });
  const watch = createBodyBudget(Math.max(LEAST_LARGE, Math.floor(MOST_HELD_BYTES / limitBytes)));
  return (request, response, next) => {
    watch(request);
    const encoding = (request.headers["content-encoding"] ?? "").trim().toLowerCase();
    if (!isPacked(encoding)) return read(request, response, next);
    delete request.headers["content-encoding"];
    read(request, response, (error?: unknown) => {
      if (error !== undefined) return next(error);
      try {
        request.body = inflate(bytesOf(request), encoding, limitBytes);
      } catch (refusal) {
        return next(refusal);
      }
      next();
    });
  };
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
