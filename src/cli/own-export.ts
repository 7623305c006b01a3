import { SOURCE_SLUG } from "../base/configuration-schema.ts";
import { type Json, type JsonObject, TEXT_FIELDS, UTM_FIELDS } from "../lead/types.ts";

/** Fields that nothing but our own export of leads has together. */
const MARKS = ["emailAsGiven", "submissionCount", "lastSubmissionAt"];

/** Whether columns, or the fields of an object, are those of `leadgate export`. */
export function isOwnExport(names: readonly string[]): boolean {
  return MARKS.every((mark) => names.includes(mark));
}

/**
 * A lead of another instance as a submission: what it says, when it last said it, and where it came from first. Ids,
 * counters, status and whether it is suppressed are that instance's own.
 */
export function itemOfExport(lead: JsonObject): { item: JsonObject; source: string | undefined } {
  const text = (name: string): [string, Json][] => {
    const value = lead[name];
    return typeof value === "string" && value !== "" ? [[name, value]] : [];
  };
  const consent = { true: true, false: false }[String(lead.consent)];
  const source = String(lead.source ?? "");
  const attributes = objectOf(lead.attributes);
  const utm = "utm" in lead ? objectOf(lead.utm) : utmColumns(lead);
  return {
    item: {
      email: (lead.emailAsGiven || lead.email) ?? null,
      ...Object.fromEntries(TEXT_FIELDS.flatMap(text)),
      ...(consent !== undefined && { consent }),
      ...(Object.keys(utm).length > 0 && { utm }),
      ...(Object.keys(attributes).length > 0 && { attributes }),
      occurredAt: lead.lastSubmissionAt ?? null,
    },
    source: SOURCE_SLUG.test(source) ? source : undefined,
  };
}

function utmColumns(lead: JsonObject): JsonObject {
  const given = UTM_FIELDS.map((name): [string, Json] => [name, lead[`utm.${name}`] ?? ""]);
  return Object.fromEntries(given.filter(([, value]) => value !== ""));
}

function objectOf(value: Json | undefined): JsonObject {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value;
  try {
    return JSON.parse(String(value)) as JsonObject;
  } catch {
    return {};
  }
}
