import { LeadgateError } from "../base/errors.ts";
import type { EmailFold } from "../lead/email.ts";
import { foldEmail, readEmail } from "../lead/email.ts";
import { normalise } from "../lead/normalise.ts";
import { type JsonObject, TEXT_FIELDS } from "../lead/types.ts";
import { itemOf, parseMapping, readColumns } from "./columns.ts";
import { openTable } from "./table-file.ts";
import { openTextFile } from "./text-file.ts";

/** One person as the other system has them. */
export interface PersonThere {
  /** What it says, in canonical names, normalised as the intake does. */
  readonly fields: Map<string, string>;
  /** How often each template was sent; `""` where the file does not say which. */
  readonly mails: Map<string, number>;
  /** Rows that are no mail. */
  rows: number;
}

/** What a file of the other system says. */
export interface FileThere {
  readonly people: ReadonlyMap<string, PersonThere>;
  /** Canonical fields that the file has a column for: the others are not compared. */
  readonly fields: readonly string[];
  /** Whether it says anything of mails. */
  readonly hasMails: boolean;
  readonly unreadable: readonly { readonly line: number; readonly reason: string }[];
}

const NAMES = [...TEXT_FIELDS, "consent"] as const;

/** Reads an export of the other system. Throws LeadgateError `bad-setting`. */
export async function readFileThere(path: string, map: readonly string[], fold: EmailFold): Promise<FileThere> {
  const table = await openTable(await openTextFile(path));
  const columns = readColumns(table.headers, parseMapping(map));
  const [template, sentAt] = ["template", "sentat"].map((name) =>
    table.headers.findIndex((header) => header.toLowerCase().replace(/[\s_-]/g, "") === name),
  ) as [number, number];
  const people = new Map<string, PersonThere>();
  const unreadable: { line: number; reason: string }[] = [];
  for await (const { line, cells } of table.rows()) {
    try {
      const { email, fields } = personIn(itemOf(columns, cells), fold);
      const person = people.get(email) ?? {
        fields: new Map<string, string>(),
        mails: new Map<string, number>(),
        rows: 0,
      };
      people.set(email, person);
      for (const [name, value] of fields) person.fields.set(name, value);
      const mail = cells[template]?.trim() ?? "";
      const isMail = mail !== "" || (cells[sentAt]?.trim() ?? "") !== "";
      if (isMail) person.mails.set(mail, (person.mails.get(mail) ?? 0) + 1);
      else person.rows += 1;
    } catch (error) {
      if (!(error instanceof LeadgateError)) throw error;
      unreadable.push({ line, reason: error.publicMessage });
    }
  }
  const fields = NAMES.filter(
    (name) => columns.fields.has(name) || (columns.fields.has("fullName") && /^(first|last)Name$/.test(name)),
  );
  return { people, fields, hasMails: template !== -1 || sentAt !== -1, unreadable };
}

function personIn(item: JsonObject, fold: EmailFold): { email: string; fields: [string, string][] } {
  const { key } = readEmail(String(item.email ?? ""));
  const { fields } = normalise({ ...(item as object), sender: "compare", attributes: {} }, fold);
  const said = NAMES.flatMap((name): [string, string][] => {
    const value = fields[name];
    return value === undefined ? [] : [[name, comparable(value)]];
  });
  return { email: foldEmail(key, fold), fields: said };
}

/** White space differs between two systems without anybody having meant it. */
export function comparable(value: string | boolean): string {
  return String(value).normalize("NFC").replace(/\s+/g, " ").trim();
}

/** Whether somebody is there more than once: two rows of the person, or two of the same mail. */
export function isDuplicated({ rows, mails }: PersonThere): boolean {
  return rows > 1 || [...mails.values()].some((times) => times > 1);
}
