import type { Json, JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { fieldForType, leaves } from "./leaves.ts";
import { dig, idText, instant, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Typeform's `form_response` webhook: typed answers, named through the reference and the title of their question. */
export const typeform: Shape = {
  name: "typeform",
  recognise: ({ payload }, mapped) => {
    const response = own(payload, "form_response");
    const isTypeform =
      isObject(response) && (Array.isArray(own(response, "answers")) || own(payload, "event_type") === "form_response");
    if (!isTypeform) return undefined;
    const titles = titlesOf(response);
    const hidden = own(response, "hidden");
    const isPartial = own(payload, "event_type") === "form_response_partial";
    return finish(
      {
        sender: "typeform",
        senderId: idText(own(response, "token")),
        occurredAt: instant(own(response, "submitted_at")),
        isIncomplete: isPartial,
        missing: isPartial
          ? "Typeform sent a partial response, which is not yet a submission; switch partial responses off for this webhook"
          : undefined,
      },
      {
        entries: [
          ...list(response, "answers").flatMap((answer) => entryOf(answer, titles)),
          ...(isObject(hidden) ? leaves(hidden).map((entry) => ({ ...entry, isHoisted: true })) : []),
        ],
        rest: {
          ...omit(payload, "form_response"),
          ...omit(response, "token", "submitted_at", "answers", "hidden", "definition"),
        },
      },
      mapped,
    );
  },
};

function titlesOf(response: JsonObject): Map<Json, string> {
  const titles = new Map<Json, string>();
  const definition = own(response, "definition") ?? null;
  for (const field of list(definition, "fields").flatMap((one) => [one, ...list(dig(one, "properties"), "fields")])) {
    const title = own(field, "title");
    for (const key of ["id", "ref"]) if (typeof title === "string") titles.set(own(field, key) ?? "", title);
  }
  return titles;
}

function entryOf(answer: Json, titles: ReadonlyMap<Json, string>): Entry[] {
  const type = own(answer, "type");
  if (!isObject(answer) || typeof type !== "string") return [];
  const id = dig(answer, "field", "id") ?? "";
  const ref = dig(answer, "field", "ref") ?? "";
  const title = titles.get(ref) ?? titles.get(id);
  const named = [ref, title, id].filter((name) => typeof name === "string" && name !== "") as string[];
  const key = title ?? named[0] ?? type;
  const value = answerValue(answer, type);
  const field = type === "email" || type === "phone_number" ? fieldForType(type) : undefined;
  return [
    { key, value, path: [named[0] ?? key], aliases: named.slice(1), field, holder: answer, at: type, isHoisted: true },
  ];
}

function answerValue(answer: JsonObject, type: string): Json {
  const value = own(answer, type) ?? null;
  if (type === "choice") return own(value, "label") ?? own(value, "other") ?? value;
  if (type !== "choices") return value;
  const other = own(value, "other");
  return Array.isArray(own(value, "labels"))
    ? [...list(value, "labels"), ...(other === undefined ? [] : [other])]
    : value;
}
