import { isUtf8 } from "node:buffer";
import { Readable, type Writable } from "node:stream";
import type { Request, Response } from "express";
import multer from "multer";
import { LeadgateError } from "../base/errors.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import { decodeText } from "./decode-text.ts";
import { MAX_FIELDS, nestFields, tooManyFields } from "./form-fields.ts";

const MAX_NAME_LENGTH = 1_000;
const MAX_FILES = 100;

/** Drops the contents of files as they come in; their names are kept. */
const dropFiles: multer.StorageEngine = {
  _handleFile: (_request, file, done) => {
    file.stream
      .on("error", done)
      .on("end", () => done(null, {}))
      .resume();
  },
  _removeFile: (_request, _file, done) => done(null),
};

/**
 * Reads a multipart/form-data body (RFC 7578). Files are dropped; their names stand in `attributes`, under their
 * fields' names, where none is taken for something the person said.
 *
 * @throws LeadgateError `malformed` when it is cut, has no boundary, or too much in it.
 */
export async function parseMultipart(bytes: Buffer, contentType: string): Promise<JsonObject> {
  const isText = isUtf8(bytes);
  const decode = (text: string) => (isText || /[^\0-\xff]/.test(text) ? text : decodeText(Buffer.from(text, "latin1")));
  const { fields, files } = await readParts(bytes, contentType, isText ? "utf8" : "latin1");
  const payload = nestFields(fields.map(([name, value]): [string, string] => [decode(name), decode(value)]));
  return withFileNames(
    payload,
    files.map(([name, fileName]): [string, string] => [decode(name), decode(fileName)]),
  );
}

interface Parts {
  readonly fields: (readonly [name: string, value: string])[];
  readonly files: (readonly [name: string, fileName: string])[];
}

/** Multer reads a stream with headers, which the bytes kept for the signature become again. */
async function readParts(bytes: Buffer, contentType: string, charset: "utf8" | "latin1"): Promise<Parts> {
  const fields: [string, string][] = [];
  const options = {
    storage: dropFiles,
    limits: {
      fields: MAX_FIELDS,
      fieldSize: bytes.length + 1,
      files: MAX_FILES,
      parts: MAX_FIELDS + MAX_FILES,
      fieldNameSize: MAX_NAME_LENGTH,
      headerPairs: 100,
    },
    defCharset: charset,
    defParamCharset: charset,
    // Multer's own nesting differs from that of urlencoded forms; the pairs are taken as they come instead.
    streamHandler: (request: Request, parser: Writable) => {
      parser.on("field", (name: string, value: string) => fields.push([unescapedName(name ?? ""), value]));
      request.pipe(parser);
    },
  };
  const headers = { "content-type": contentType, "content-length": String(bytes.length) };
  const stream = Object.assign(Readable.from([bytes]), { headers }) as unknown as Request;
  await new Promise<void>((resolve, reject) => {
    const settle = (error?: unknown) => (error ? reject(asMalformed(error)) : resolve());
    multer(options as multer.Options).any()(stream, {} as Response, settle);
  });
  const files = (stream.files as Express.Multer.File[] | undefined) ?? [];
  return { fields, files: files.map(({ fieldname, originalname }) => [fieldname, originalname] as const) };
}

/** Browsers escape these three in names (HTML standard, 4.10.22.8). */
function unescapedName(name: string): string {
  return name.replace(/%0A/gi, "\n").replace(/%0D/gi, "\r").replace(/%22/g, '"');
}

function withFileNames(payload: JsonObject, files: readonly (readonly [string, string])[]): JsonObject {
  // A file input that was left empty is sent as a file without a name.
  const named = files.filter(([, fileName]) => fileName !== "");
  if (named.length === 0) return payload;
  const names = new Map<string, Json>();
  for (const [name, fileName] of named) {
    const before = names.get(name);
    names.set(name, before === undefined ? fileName : [before, fileName].flat());
  }
  const { attributes: said } = payload;
  const isObject = typeof said === "object" && said !== null && !Array.isArray(said);
  const own = isObject ? said : said === undefined ? {} : { attributes: said };
  return { ...payload, attributes: { ...Object.fromEntries(names), ...own } };
}

const LIMITS: Readonly<Record<string, string>> = {
  LIMIT_FIELD_KEY: `has a field whose name is longer than ${MAX_NAME_LENGTH} characters; shorten it`,
  LIMIT_FILE_COUNT: `has more than ${MAX_FILES} files; send fewer, they are not kept here`,
};

function asMalformed(error: unknown): LeadgateError {
  const code = (error as { code?: string }).code ?? "";
  if (code.startsWith("LIMIT_") && !Object.hasOwn(LIMITS, code)) return tooManyFields(error);
  const message = LIMITS[code] ?? "is not a complete multipart/form-data body; send it whole, with its boundary";
  return new LeadgateError("malformed", `The form ${message}.`, { cause: error, faults: [{ path: "", message }] });
}
