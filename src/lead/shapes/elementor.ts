import { compact } from "../labels.ts";
import type { JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { recogniseFlat } from "./generic.ts";
import { fieldForType } from "./leaves.ts";
import { isObject, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Titles of the date and time that Elementor adds itself, in the languages of its sites. */
const TIMES = new Set("date time datum uhrzeit zeit heure fecha hora data ora tijd czas godzina".split(" "));

/** Elementor's form webhook: `fields[x][value]` with "advanced data", labels as keys without. */
export const elementor: Shape = {
  name: "elementor",
  recognise: ({ payload }, mapped) => {
    const fields = own(payload, "fields");
    if (isObject(fields) && isObject(own(payload, "form")) && isAdvanced(fields)) {
      const meta = own(payload, "meta");
      const entries = [...entriesOf(fields), ...(isObject(meta) ? entriesOf(meta) : [])];
      return finish(
        { sender: "elementor", arrivals: timesIn(meta) },
        { entries, rest: omit(payload, "fields", "meta") },
        mapped,
      );
    }
    if (!isSimple(payload)) return undefined;
    return recogniseFlat(
      { sender: "elementor", arrivals: Object.keys(payload).filter((key) => TIMES.has(compact(key))) },
      payload,
      mapped,
    );
  },
};

function isAdvanced(fields: JsonObject): boolean {
  const all = Object.values(fields);
  return all.length > 0 && all.every((field) => own(field, "type") !== undefined && own(field, "value") !== undefined);
}

function isSimple(payload: JsonObject): boolean {
  const isNamed = Object.hasOwn(payload, "form_id") && Object.hasOwn(payload, "form_name");
  const marks = ["Page URL", "Remote IP", "User Agent", "Powered by"].some((key) => Object.hasOwn(payload, key));
  return isNamed && (marks || Object.values(payload).includes("Elementor"));
}

function entriesOf(fields: JsonObject): Entry[] {
  return Object.entries(fields).map(([id, field]): Entry => {
    const title = own(field, "title");
    const key = typeof title === "string" && title !== "" ? title : id;
    const holder = isObject(field) ? field : fields;
    const at = isObject(field) ? "value" : id;
    return {
      key,
      value: own(holder, at) ?? null,
      path: [key],
      aliases: [id],
      field: fieldForType(own(field, "type")),
      holder,
      at,
      isHoisted: true,
    };
  });
}

function timesIn(meta: JsonObject[string] | undefined): string[] {
  return ["date", "time"].flatMap((key) => {
    const title = own(own(meta, key), "title");
    return typeof title === "string" && title !== "" ? [title] : [key];
  });
}
