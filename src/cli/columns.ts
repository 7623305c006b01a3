import { didYouMean } from "../base/did-you-mean.ts";
import { LeadgateError } from "../base/errors.ts";
import { compact, fieldForLabel, isSomebodyElse, matchLabel } from "../lead/labels.ts";
import { accept } from "../lead/shapes/fields.ts";
import { type CanonicalField, type Json, type JsonObject, TEXT_FIELDS, UTM_FIELDS } from "../lead/types.ts";

/** Where each canonical field stands in a table, the surest column first; columns without a field are attributes. */
export interface Columns {
  readonly headers: readonly string[];
  readonly fields: ReadonlyMap<CanonicalField, readonly number[]>;
}

const CANONICAL: readonly CanonicalField[] = [
  "email",
  "fullName",
  ...TEXT_FIELDS,
  "consent",
  "occurredAt",
  ...UTM_FIELDS.map((name) => `utm.${name}` as const),
];

/** `canonical=Header`, as `--map` takes it. Throws LeadgateError `bad-setting`. */
export function parseMapping(texts: readonly string[]): Map<CanonicalField, string> {
  const mapping = new Map<CanonicalField, string>();
  for (const text of texts) {
    const [, name = "", header = ""] = /^([^=]+)=(.+)$/s.exec(text) ?? [];
    if (header === "") throw badMap(`--map ${text} is not of the form canonical=Header, such as email=Mail.`);
    if (!CANONICAL.includes(name as CanonicalField)) {
      throw badMap(
        `--map ${text}: ${name} is no field; there are ${CANONICAL.join(", ")}${didYouMean(name, CANONICAL)}.`,
      );
    }
    mapping.set(name as CanonicalField, header.trim());
  }
  return mapping;
}

/**
 * Decides once for all rows what the columns mean: what is mapped, else what their headers say as the labels of a form
 * would. A column beside a surer one for the same field fills in where that is empty, and is an attribute elsewhere.
 *
 * @throws LeadgateError `bad-setting` when a mapped header is not there, or nothing is the e-mail address.
 */
export function readColumns(headers: readonly string[], mapping: ReadonlyMap<CanonicalField, string>): Columns {
  const fields = new Map<CanonicalField, number[]>();
  const mapped = new Set<number>();
  for (const [field, header] of mapping) {
    const index = headers.indexOf(header);
    if (index === -1)
      throw badMap(`--map ${field}=${header}: there is no such header; the file has ${headers.join(", ")}.`);
    fields.set(field, [index]);
    mapped.add(index);
  }
  const open = headers.flatMap((header, index) =>
    mapped.has(index) || isSomebodyElse(header) ? [] : [{ header, index }],
  );
  for (const { field, index } of withHalves(open.flatMap(candidate)).sort((one, other) => one.rank - other.rank)) {
    if (!mapping.has(field)) fields.set(field, [...(fields.get(field) ?? []), index]);
  }
  if (!fields.has("email")) {
    throw badMap(
      `No header is known to mean the e-mail address. Say which is it with --map email=Header; the file has ${headers.join(", ")}.`,
    );
  }
  return { headers: uniqueHeaders(headers), fields };
}

interface Candidate {
  readonly field: CanonicalField;
  readonly index: number;
  readonly rank: number;
  readonly name: string;
}

/** Field names that CRM exports put the kind of record before: Pipedrive's "Person - Email - Work". */
const RECORD = /^(?:person|contact|lead|subscriber)\s+[-–]\s+/i;

function candidate({ header, index }: { header: string; index: number }): Candidate[] {
  const [label = "", ...kind] = header.replace(RECORD, "").split(" - ");
  const name = kind.length > 0 && RECORD.test(header) ? label : header.replace(RECORD, "");
  const field = fieldForLabel(name);
  return field === undefined ? [] : [{ field, index, rank: matchLabel(name)?.rank ?? 1_000, name: compact(name) }];
}

/** Short names that mean the half of a name which its partner does not: "Name" beside "Vorname". */
const HALVES: ReadonlyMap<string, readonly [half: "firstName" | "lastName", partner: "firstName" | "lastName"]> =
  new Map([
    ["name", ["lastName", "firstName"]],
    ["nom", ["lastName", "firstName"]],
    ["naam", ["lastName", "firstName"]],
    ["nombre", ["firstName", "lastName"]],
    ["nome", ["firstName", "lastName"]],
  ]);

function withHalves(candidates: readonly Candidate[]): Candidate[] {
  const there = new Set(candidates.map(({ field }) => field));
  return candidates.map((one) => {
    const [half, partner] = (one.field === "fullName" && HALVES.get(one.name)) || [];
    return half && partner && there.has(partner) && !there.has(half) ? { ...one, field: half } : one;
  });
}

function uniqueHeaders(headers: readonly string[]): string[] {
  const seen = new Map<string, number>();
  return headers.map((header, index) => {
    const name = header === "" ? `column ${index + 1}` : header;
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  });
}

/** What a row says in canonical names, as `POST /v1/leads` takes it. */
export function itemOf(columns: Columns, cells: readonly string[]): JsonObject {
  const taken = new Set<number>();
  const item: JsonObject = {};
  const utm: JsonObject = {};
  for (const [field, indexes] of columns.fields) {
    for (const index of indexes) {
      const value = cellValue(field, cells[index]);
      if (value === undefined) continue;
      taken.add(index);
      if (field.startsWith("utm.")) utm[field.slice("utm.".length)] = value;
      else item[field] = value;
      break;
    }
  }
  const others = columns.headers.flatMap((header, index): [string, Json][] => {
    const cell = unescaped(cells[index] ?? "");
    return taken.has(index) || cell.trim() === "" || OWN_REMARKS.has(header) ? [] : [[header, cell]];
  });
  return {
    ...item,
    ...(Object.keys(utm).length > 0 && { utm }),
    ...(others.length > 0 && { attributes: Object.fromEntries(others) }),
  };
}

/** Columns that the file of refused rows has more than the file it came from. */
export const REJECTED_LINE = "rejected line";
export const REJECTED_REASON = "rejected because";
const OWN_REMARKS = new Set([REJECTED_LINE, REJECTED_REASON]);

function cellValue(field: CanonicalField, cell = ""): Json | undefined {
  const text = unescaped(cell);
  if (text.trim() === "") return undefined;
  if (field === "occurredAt") return timeOf(text.trim());
  const value = accept(field, text);
  return value instanceof Date ? value.toISOString() : value;
}

/** Exports put an apostrophe before what a spreadsheet would take for a formula; ours do. */
export function unescaped(cell: string): string {
  return /^'[=+\-@\t\r\n＝＋－＠]/.test(cell) ? cell.slice(1) : cell;
}

/** A time without an offset is UTC, as CRM exports have it; what is no such time is left for the server to refuse. */
function timeOf(text: string): string {
  const [, date, time = "00:00", offset = "Z"] =
    /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?))?\s?(Z|UTC|[+-]\d{2}:?\d{2})?$/i.exec(text) ??
    [];
  if (date === undefined) return text;
  const instant = accept("occurredAt", `${date}T${time}${offset}`);
  return instant instanceof Date ? instant.toISOString() : text;
}

function badMap(message: string): LeadgateError {
  return new LeadgateError("bad-setting", message);
}
