import { stringify } from "csv-stringify/sync";
import type { LeadView } from "../flow/lead-view.ts";
import type { JsonObject } from "../lead/types.ts";
import { UTM_FIELDS } from "../lead/types.ts";

const BEFORE_UTM = [
  ...["id", "email", "emailAsGiven", "firstName", "lastName", "phone", "company", "jobTitle", "website", "country"],
  ...["message", "status", "suppressed", "consent", "source"],
];
const AFTER_UTM = ["submissionCount", "createdAt", "updatedAt", "lastSubmissionAt"];

/** The columns of an export, in order. */
const CSV_COLUMNS = [...BEFORE_UTM, ...UTM_FIELDS.map((name) => `utm.${name}`), "attributes", ...AFTER_UTM];

/** The first line. */
export function csvHeader(): string {
  return rowsOf([CSV_COLUMNS]);
}

/** Leads as lines of RFC 4180. */
export function csvLines(leads: readonly LeadView[]): string {
  return rowsOf(leads.map(cellsOf));
}

function cellsOf(lead: LeadView): string[] {
  const view = lead as unknown as JsonObject;
  const utm = lead.utm as JsonObject;
  const values = [
    ...BEFORE_UTM.map((name) => view[name]),
    ...UTM_FIELDS.map((name) => utm[name]),
    JSON.stringify(lead.attributes),
    ...AFTER_UTM.map((name) => view[name]),
  ];
  return values.map((value) => harmless(value == null ? "" : String(value)));
}

/** What makes a spreadsheet take a cell for a formula (OWASP "CSV Injection", ASVS 1.2.10). */
const FORMULA = /^[=+\-@\t\r\n\0＝＋－＠]/;

/**
 * A single quote before it makes a spreadsheet show the cell as text. Honest values such as `+49 30 123456` get it too:
 * they are formulas to a spreadsheet.
 */
function harmless(cell: string): string {
  return FORMULA.test(cell) ? `'${cell}` : cell;
}

function rowsOf(rows: readonly (readonly string[])[]): string {
  // Unasked, the library quotes line breaks only where they are its own.
  return stringify(rows as string[][], { record_delimiter: "\r\n", quoted_match: /[\r\n]/ });
}
