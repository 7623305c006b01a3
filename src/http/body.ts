import { Readable } from "node:stream";
import express, { type Request, type RequestHandler, type Response } from "express";
import multer from "multer";
import qs from "qs";
import { LeadgateError } from "../base/errors.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import { parseJson } from "./parse-json.ts";

/** Pairs of a form. */
const MAX_FIELDS = 5_000;

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
  const bytes = bytesOf(request);
  const header = request.headers["content-type"] ?? "";
  const type = header.split(";")[0]!.trim().toLowerCase();
  if (type === "application/json" || type.endsWith("+json")) return parseJson(decode(bytes, header));
  if (type === "application/x-www-form-urlencoded") return parseUrlencoded(decode(bytes, header), header);
  if (type === "multipart/form-data") return parseMultipart(bytes, request);
  if (type === "" && /^\s*[[{]/.test(bytes.subarray(0, 64).toString("latin1"))) return parseJson(decode(bytes, header));
  throw new LeadgateError(
    "unsupported-media-type",
    "Send the body as application/json, application/x-www-form-urlencoded or multipart/form-data.",
    { faults: [{ path: "Content-Type", message: "is missing or not one of those" }] },
  );
}

function charsetOf(header: string): string {
  return /;\s*charset\s*=\s*"?([\w-]+)"?/i.exec(header)?.[1]?.toLowerCase() ?? "utf-8";
}

const LATIN1 = new Set(["iso-8859-1", "latin1", "windows-1252"]);

function decode(bytes: Buffer, header: string): string {
  const charset = charsetOf(header);
  if (["utf-8", "utf8", "us-ascii"].includes(charset)) return new TextDecoder("utf-8").decode(bytes);
  if (LATIN1.has(charset)) return new TextDecoder("windows-1252").decode(bytes);
  throw new LeadgateError("unsupported-media-type", "Send the body in UTF-8.", {
    faults: [{ path: "Content-Type", message: "names a charset that is not read here; UTF-8 is" }],
  });
}

function parseUrlencoded(text: string, header: string): JsonObject {
  try {
    return qs.parse(text, {
      charset: LATIN1.has(charsetOf(header)) ? "iso-8859-1" : "utf-8",
      depth: 20,
      parameterLimit: MAX_FIELDS,
      throwOnLimitExceeded: true,
      arrayLimit: 100,
      plainObjects: true,
    }) as JsonObject;
  } catch (error) {
    if (error instanceof RangeError) throw tooManyFields(error);
    throw new LeadgateError("malformed", "The form can't be read.", { cause: error });
  }
}

function tooManyFields(cause: unknown): LeadgateError {
  const message = `has more than ${MAX_FIELDS} fields; send only what belongs to the lead`;
  return new LeadgateError("malformed", `The form ${message}.`, { cause, faults: [{ path: "", message }] });
}

/** Drops the contents of files as they come in; their names are kept. */
const dropFiles: multer.StorageEngine = {
  _handleFile: (_request, file, done) => {
    file.stream.on("error", done).on("end", () => done(null, {})).resume();
  },
  _removeFile: (_request, _file, done) => done(null),
};

const readMultipart = multer({
  storage: dropFiles,
  limits: { fields: MAX_FIELDS, files: 100, parts: MAX_FIELDS, fieldNameSize: 1_000, headerPairs: 100 },
}).any();

/** Multer reads a stream with headers, which the bytes kept for the signature become again. */
async function parseMultipart(bytes: Buffer, request: Request): Promise<JsonObject> {
  const { "content-type": contentType } = request.headers;
  const headers = { "content-type": contentType, "content-length": String(bytes.length) };
  const stream = Object.assign(Readable.from([bytes]), { headers }) as unknown as Request;
  await new Promise<void>((resolve, reject) => {
    readMultipart(stream, {} as Response, (error?: unknown) => (error ? reject(asMalformed(error)) : resolve()));
  });
  const fields = stream.body as JsonObject | undefined;
  const files = (stream.files as Express.Multer.File[] | undefined) ?? [];
  const names = Object.fromEntries(files.map(({ fieldname, originalname }) => [fieldname, originalname] as const));
  return { ...fields, ...names };
}

function asMalformed(error: unknown): LeadgateError {
  const code = (error as { code?: string }).code;
  if (code?.startsWith("LIMIT_")) return tooManyFields(error);
  const message = "is not a complete multipart/form-data body";
  return new LeadgateError("malformed", `The form ${message}.`, { cause: error, faults: [{ path: "", message }] });
}
