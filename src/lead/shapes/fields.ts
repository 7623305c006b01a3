import type { CanonicalField, Json } from "../types.ts";
import { instant, single, text } from "./read.ts";

/** Values found for canonical fields, each of the type its field has. */
export type Fields = Map<CanonicalField, string | boolean | Date>;

const YES = new Set(["on", "yes", "true", "1", "ja", "oui", "sí", "sì", "si", "sim", "tak"]);
const NO = new Set(["off", "no", "false", "0", "nein", "non", "não", "nao", "nee", "nie"]);

/** The value as its field would hold it; nothing when it is blank or of a kind the field cannot hold. */
export function accept(field: CanonicalField, value: Json | undefined): string | boolean | Date | undefined {
  if (field === "consent") return consent(single(value));
  if (field === "occurredAt") return instant(value);
  return text(value);
}

/** Whether a form word or a boolean says yes; nothing for any other word, which then is no answer to this question. */
function consent(value: Json | undefined): boolean | undefined {
  if (typeof value === "boolean") return value;
  if (typeof value !== "string" && typeof value !== "number") return undefined;
  const word = String(value).trim().toLowerCase().normalize("NFC");
  if (YES.has(word)) return true;
  return NO.has(word) ? false : undefined;
}
