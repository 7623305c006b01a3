import type { Json } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { fieldForType } from "./leaves.ts";
import { dig, idText, instant, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Tally's `FORM_RESPONSE` webhook: a list of typed fields with their labels. */
export const tally: Shape = {
  name: "tally",
  recognise: ({ payload }, mapped) => {
    const data = own(payload, "data");
    const fields = list(data, "fields");
    const isTally =
      isObject(data) &&
      Array.isArray(own(data, "fields")) &&
      (own(payload, "eventType") === "FORM_RESPONSE" ||
        Object.hasOwn(data, "submissionId") ||
        Object.hasOwn(data, "responseId")) &&
      fields.every((field) => isObject(field) && typeof own(field, "type") === "string");
    if (!isTally) return undefined;
    return finish(
      {
        sender: "tally",
        senderId: idText(own(data, "submissionId")) ?? idText(own(data, "responseId")),
        occurredAt: instant(own(data, "createdAt")) ?? instant(own(payload, "createdAt")),
        arrivals: ["eventId"],
      },
      {
        entries: fields.flatMap(entryOf),
        rest: {
          ...omit(payload, "data", "createdAt"),
          ...omit(data, "fields", "createdAt", "submissionId", "responseId"),
        },
      },
      mapped,
    );
  },
};

function entryOf(field: Json): Entry[] {
  if (!isObject(field)) return [];
  const names = [own(field, "label"), own(field, "key")].filter(
    (name) => typeof name === "string" && name !== "",
  ) as string[];
  const [key = "field"] = names;
  const value = chosen(own(field, "value") ?? null, list(field, "options"));
  return [
    { key, value, path: [key], field: fieldForType(own(field, "type")), holder: field, at: "value", isHoisted: true },
  ];
}

/** Choices are sent as the ids of options; what the person saw is their text. */
function chosen(value: Json, options: readonly Json[]): Json {
  const textOf = (id: Json) =>
    dig(
      options.find((option) => own(option, "id") === id),
      "text",
    ) ?? id;
  if (options.length === 0) return value;
  return Array.isArray(value) ? value.map(textOf) : textOf(value);
}
