import { SOURCE_SLUG } from "../base/configuration-schema.ts";
import { LeadgateError } from "../base/errors.ts";
import { canonicalJson } from "../lead/canonical-json.ts";
import { toEmailKey } from "../lead/email.ts";
import { sha256 } from "../lead/identity.ts";
import { toPayload } from "../lead/normalise.ts";
import { recognise } from "../lead/recognise.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import { type Columns, itemOf, parseMapping, readColumns, unescaped } from "./columns.ts";
import { isOwnExport, itemOfExport } from "./own-export.ts";
import type { Posted } from "./post-rows.ts";
import { formatOf, type JsonRow, jsonRows, openTable, type TableFormat, type TableRow } from "./table-file.ts";
import { openTextFile, type TextFile } from "./text-file.ts";

/** A row to be posted, with the fault that this program can see in it already. */
type Ready = Posted & { readonly fault: string | undefined };
/** A row that can't even be posted. */
type Unreadable = Pick<Posted, "row" | "line" | "cells"> & { readonly refused: string };

/** A file that is ready to be imported. */
export interface ImportRows {
  readonly file: TextFile;
  /** Whether it is a CSV file, so that the file of refused rows is one of the same kind. */
  readonly isTable: boolean;
  /** Headers of the file of refused rows. */
  readonly headers: readonly string[];
  /** What was recognised, for people. */
  readonly description: readonly string[];
  read(onBytes?: (bytes: number) => void): AsyncGenerator<Ready | Unreadable>;
}

export interface ImportRowsOptions {
  readonly map: readonly string[];
  readonly source?: string;
  readonly format?: TableFormat;
}

/** Opens a file and decides what its columns mean. Throws LeadgateError `bad-setting`. */
export async function openImport(path: string, options: ImportRowsOptions): Promise<ImportRows> {
  const file = await openTextFile(path);
  const mapping = parseMapping(options.map);
  if (formatOf(file, options.format) === "ndjson") return openJson(file, Object.fromEntries(mapping), options);
  const table = await openTable(file);
  const columns = readColumns(table.headers, mapping);
  const isOwn = mapping.size === 0 && isOwnExport(table.headers);
  const read = (cells: readonly string[]) =>
    isOwn ? itemOfExport(recordOf(table.headers, cells)) : { item: itemOf(columns, cells), source: undefined };
  const identity = identityOf(
    file,
    Object.fromEntries([...columns.fields].map(([field, indexes]) => [field, [...indexes]])),
  );
  return {
    file,
    isTable: true,
    headers: table.headers,
    description: isOwn
      ? [`${file.path}: an export of Leadgate, ${file.encoding}`]
      : describe(file, table.delimiter, columns),
    async *read(onBytes) {
      for await (const row of table.rows(onBytes)) {
        const { item, source } = read(row.cells);
        yield readyRow(row, item, identity, options.source ?? source);
      }
    },
  };
}

function openJson(file: TextFile, map: Readonly<Record<string, string>>, options: ImportRowsOptions): ImportRows {
  const identity = identityOf(file, map);
  return {
    file,
    isTable: false,
    headers: ["row"],
    description: [`${file.path}: NDJSON, ${file.encoding}`],
    async *read(onBytes) {
      for await (const row of jsonRows(file, onBytes)) {
        const read = jsonItem(row, map, options.source);
        const cells = [row.text];
        if ("refused" in read) yield { row: row.row, line: row.line, cells, ...read };
        else yield readyRow({ ...row, cells }, read.item, identity, read.source);
      }
    },
  };
}

/** Rows of a file are told apart by its content, by what its columns were taken for, and by their place. */
function identityOf(file: TextFile, mapping: Json): string {
  return sha256(canonicalJson([file.digest, mapping])).slice(0, 40);
}

function readyRow(row: TableRow, item: JsonObject, identity: string, source: string | undefined): Ready {
  const email = String(item.email ?? "");
  const body = JSON.stringify({
    ...item,
    ...(source !== undefined && { source }),
    submissionId: `import:${identity}:${row.row}`,
  });
  return { ...row, body, ...personOf(email) };
}

/** Rows that might be one lead, whatever the instance folds: the address without dots and plus tags. */
function personOf(email: string): { person: string; fault: string | undefined } {
  try {
    const key = toEmailKey(email);
    const at = key.lastIndexOf("@");
    const [local = ""] = key.slice(0, at).split("+", 1);
    return { person: local.replaceAll(".", "") + key.slice(at), fault: undefined };
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    return { person: email, fault: `email ${error.publicMessage}` };
  }
}

function jsonItem(
  { value }: JsonRow,
  map: Readonly<Record<string, string>>,
  source: string | undefined,
): { refused: string } | { item: JsonObject; source: string | undefined } {
  if (value === undefined) return { refused: "The line is no JSON object." };
  if (isOwnExport(Object.keys(value))) {
    const own = itemOfExport(value);
    return { item: own.item, source: source ?? own.source };
  }
  const recognised = recognise({ payload: value, headers: {} }, map);
  if (recognised.event !== undefined) return { refused: "It is an event; POST it to /v1/events." };
  const { attributes, ...item } = toPayload(recognised) as JsonObject & { attributes: JsonObject };
  // In our own form the source of a lead is a field, which no form builder's recogniser knows.
  const { source: named, ...others } = attributes;
  const isSlug = typeof named === "string" && SOURCE_SLUG.test(named);
  return {
    item: { ...item, attributes: isSlug ? others : attributes },
    source: source ?? (isSlug ? named : undefined),
  };
}

function recordOf(headers: readonly string[], cells: readonly string[]): JsonObject {
  return Object.fromEntries(headers.map((header, index) => [header, unescaped(cells[index] ?? "")]));
}

function describe(file: TextFile, delimiter: string, { headers, fields }: Columns): string[] {
  const name = { ",": "commas", ";": "semicolons", "\t": "tabs", "|": "bars" }[delimiter] ?? delimiter;
  const used = new Set([...fields.values()].flat());
  const mapped = [...fields].map(
    ([field, indexes]) => `  ${field} ← ${indexes.map((index) => headers[index]).join(", ")}`,
  );
  const others = headers.filter((_, index) => !used.has(index));
  return [
    `${file.path}: CSV with ${name}, ${file.encoding}`,
    ...mapped,
    ...(others.length > 0 ? [`  attributes ← ${others.join(", ")}`] : []),
  ];
}
