import type { Json, JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { idText, instant, own, text } from "./read.ts";
import type { Shape } from "./shape.ts";

const FIELD_KEY = /^(\d+)(?:\.(\d+))?$/;

/**
 * Gravity Forms' raw entry: numbered inputs without labels. Names are known by their sub-inputs (`.3` first, `.6` last),
 * the address and the phone by their values; anything else needs a mapping.
 */
export const gravityForms: Shape = {
  name: "gravity-forms",
  recognise: ({ payload }, mapped) => {
    const isEntry =
      ["id", "form_id", "date_created"].every((key) => Object.hasOwn(payload, key)) &&
      ["is_starred", "is_read", "source_url", "created_by"].some((key) => Object.hasOwn(payload, key)) &&
      Object.keys(payload).some((key) => FIELD_KEY.test(key));
    if (!isEntry) return undefined;
    const time = text(own(payload, "date_created"));
    const occurredAt = instant(`${time}Z`) ?? instant(time);
    return finish(
      { sender: "gravity-forms", senderId: idText(own(payload, "id")), occurredAt },
      { entries: entriesOf(payload), rest: metadata(payload, occurredAt !== undefined) },
      mapped,
    );
  },
};

function metadata(payload: JsonObject, hasTime: boolean): JsonObject {
  const isKept = (key: string) => !FIELD_KEY.test(key) && key !== "id" && !(hasTime && key === "date_created");
  return Object.fromEntries(Object.entries(payload).filter(([key]) => isKept(key)));
}

function entriesOf(payload: JsonObject): Entry[] {
  const phones = Object.keys(payload).filter((key) => /^\d+$/.test(key) && isPhone(payload[key]));
  const [phone] = new Set(phones.map((key) => payload[key])).size === 1 ? phones : [];
  return Object.entries(payload).flatMap(([key, value]): Entry[] => {
    const parts = FIELD_KEY.exec(key);
    if (!parts) return [];
    const field = key === phone ? "phone" : fieldOf(payload, parts[1] ?? "", parts[2]);
    return [{ key, value, path: [key], field, holder: payload, at: key, isHoisted: true }];
  });
}

/** A name has inputs .2 (prefix) to .8 (suffix) but neither .1 nor .5; an address has both, and its country in .6. */
function fieldOf(payload: JsonObject, id: string, input: string | undefined): Entry["field"] {
  const has = (part: number) => Object.hasOwn(payload, `${id}.${part}`);
  if (input === undefined || !(has(3) || has(6))) return undefined;
  if (has(1) || has(5)) return input === "6" && has(3) ? "country" : undefined;
  return input === "3" ? "firstName" : input === "6" ? "lastName" : undefined;
}

/** Digits as phones are written, and not a date, an amount or an IP address. */
function isPhone(value: Json | undefined): boolean {
  if (typeof value !== "string" || value.length > 30 || !/^[+(\d][\d\s().+/-]*$/.test(value)) return false;
  const digits = value.replace(/\D/g, "").length;
  const isDate = /^\d{4}-\d{2}-\d{2}|^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}$/.test(value);
  const isAddressOfHost = /^\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(value);
  return !isDate && !isAddressOfHost && digits <= 15 && (digits >= 10 || (digits >= 7 && /^[+(0]/.test(value)));
}
