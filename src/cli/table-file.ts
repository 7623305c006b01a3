import { extname } from "node:path";
import { Readable } from "node:stream";
import { CsvError, parse } from "csv-parse";
import { LeadgateError } from "../base/errors.ts";
import { linesIn } from "../base/lines.ts";
import type { JsonObject } from "../lead/types.ts";
import type { TextFile } from "./text-file.ts";

export const TABLE_FORMATS = ["csv", "ndjson"] as const;
export type TableFormat = (typeof TABLE_FORMATS)[number];

/** One record of a CSV file. */
export interface TableRow {
  /** Its place among the rows, 1 for the first after the headers; stays the same however often the file is read. */
  readonly row: number;
  /** The line it begins on. */
  readonly line: number;
  readonly cells: readonly string[];
}

/** One line of an NDJSON file: an object, or why it is none. */
export interface JsonRow {
  readonly row: number;
  readonly line: number;
  readonly text: string;
  readonly value: JsonObject | undefined;
}

export interface Table {
  readonly headers: readonly string[];
  readonly delimiter: string;
  rows(onBytes?: (bytes: number) => void): AsyncGenerator<TableRow>;
}

/** By what was asked for, the file's name, or its first character. */
export function formatOf(file: TextFile, asked?: TableFormat): TableFormat {
  if (asked !== undefined) return asked;
  const extension = extname(file.path).toLowerCase();
  if (extension === ".ndjson" || extension === ".jsonl") return "ndjson";
  if (file.head.trimStart().startsWith("[")) {
    throw new LeadgateError(
      "bad-setting",
      `${file.path} is a JSON array; give one object in each line: jq -c '.[]' ${file.path} > rows.ndjson`,
    );
  }
  return file.head.trimStart().startsWith("{") ? "ndjson" : "csv";
}

/**
 * Opens a CSV file: commas, semicolons, tabs or bars, whichever its first line has most of.
 *
 * @throws LeadgateError `bad-setting` when it is empty or its quotes are not in pairs.
 */
export async function openTable(file: TextFile): Promise<Table> {
  const told = /^sep=(.)\r?\n/i.exec(file.head);
  const delimiter = told?.[1] ?? delimiterOf(file.head);
  const fromLine = told === null ? 1 : 2;
  const first = await recordsOf(file, delimiter, fromLine).next();
  if (first.done) throw new LeadgateError("bad-setting", `${file.path} is empty: there is not even a line of headers.`);
  return {
    headers: first.value.cells.map((header) => header.trim()),
    delimiter,
    rows: (onBytes) => rowsOf(file, delimiter, fromLine, onBytes),
  };
}

async function* rowsOf(
  file: TextFile,
  delimiter: string,
  fromLine: number,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<TableRow> {
  let row = 0;
  for await (const record of recordsOf(file, delimiter, fromLine, onBytes)) {
    if (row > 0) yield { row, ...record };
    row += 1;
  }
}

interface Parsed {
  readonly record: readonly string[];
  readonly info: { readonly lines: number };
}

async function* recordsOf(
  file: TextFile,
  delimiter: string,
  fromLine: number,
  onBytes?: (bytes: number) => void,
): AsyncGenerator<Omit<TableRow, "row">> {
  const parser = parse({
    delimiter,
    info: true,
    from_line: fromLine,
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: 16 << 20,
  });
  const source = Readable.from(file.chunks(onBytes), { objectMode: true });
  source.on("error", (error) => parser.destroy(error)).pipe(parser);
  // The parser counts a carriage return and line feed within quotes as two lines.
  let twice = 0;
  try {
    for await (const { record, info } of parser as AsyncIterable<Parsed>) {
      const text = record.some((cell) => cell.includes("\n") || cell.includes("\r")) ? record.join("") : "";
      const breaks = text.match(/\r\n|\n|\r/g)?.length ?? 0;
      twice += text.match(/\r\n/g)?.length ?? 0;
      yield { line: info.lines - twice - breaks, cells: record };
    }
  } catch (error) {
    throw error instanceof CsvError ? broken(file, error) : error;
  } finally {
    source.destroy();
    parser.destroy();
  }
}

function broken(file: TextFile, error: CsvError): LeadgateError {
  const line = (error as { lines?: number }).lines;
  const why = error.code === "CSV_QUOTE_NOT_CLOSED" ? "a quotation mark is opened and never closed" : error.message;
  return new LeadgateError("bad-setting", `${file.path} is no whole CSV file: ${why} (looked at up to line ${line}).`);
}

function delimiterOf(head: string): string {
  const counts = new Map([";", ",", "\t", "|"].map((one) => [one, 0]));
  let quoted = false;
  for (const character of head.trimStart()) {
    if (character === '"') quoted = !quoted;
    else if (!quoted && (character === "\n" || character === "\r")) break;
    else if (!quoted && counts.has(character)) counts.set(character, counts.get(character)! + 1);
  }
  const [most] = [...counts].sort(([, one], [, other]) => other - one);
  return most![1] > 0 ? most![0] : ",";
}

/** Reads NDJSON: an object in each line; blank lines are none. */
export async function* jsonRows(file: TextFile, onBytes?: (bytes: number) => void): AsyncGenerator<JsonRow> {
  let row = 0;
  let line = 0;
  for await (const text of linesIn(file.chunks(onBytes))) {
    line += 1;
    if (text.trim() === "") continue;
    row += 1;
    yield { row, line, text, value: objectIn(text) };
  }
}

function objectIn(text: string): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as JsonObject) : undefined;
  } catch {
    return undefined;
  }
}
