import type { JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { idText, instant, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** What Netlify guesses from the fields, under names of its own. */
const GUESSED = ["email", "first_name", "last_name", "name", "company"];
/** The fields once more, made readable. */
const REPEATED = ["title", "summary", "body", "human_fields", "ordered_human_fields"];

/** Netlify Forms' outgoing webhook, or its function event, which wraps the same in `payload`. */
export const netlify: Shape = {
  name: "netlify",
  recognise: ({ payload }, mapped) => {
    const inner = own(payload, "payload");
    const body = isObject(inner) ? inner : payload;
    const data = own(body, "data");
    const isSubmission =
      isObject(data) &&
      (Array.isArray(own(body, "ordered_human_fields")) ||
        isObject(own(body, "human_fields")) ||
        (Object.hasOwn(body, "form_name") && (Object.hasOwn(body, "site_url") || Object.hasOwn(body, "form_id"))));
    if (!isSubmission) return undefined;
    return finish(
      { sender: "netlify", senderId: idText(own(body, "id")), occurredAt: instant(own(body, "created_at")) },
      {
        entries: [...fieldsOf(data, body), ...guessesOf(body, data)],
        rest: {
          ...(body === payload ? {} : omit(payload, "payload")),
          ...omit(body, "id", "created_at", "data", ...REPEATED, ...GUESSED),
        },
      },
      mapped,
    );
  },
};

function fieldsOf(data: JsonObject, body: JsonObject): Entry[] {
  const titles = new Map(list(body, "ordered_human_fields").map((field) => [own(field, "name"), own(field, "title")]));
  return Object.entries(data).map(([key, value]): Entry => {
    const title = titles.get(key);
    return {
      key,
      value,
      path: [key],
      aliases: typeof title === "string" ? [title] : [],
      holder: data,
      at: key,
      isHoisted: true,
    };
  });
}

/** Only what the fields themselves do not say by the same name, so that nothing is kept twice. */
function guessesOf(body: JsonObject, data: JsonObject): Entry[] {
  return GUESSED.filter((key) => own(body, key) !== undefined && own(body, key) !== own(data, key)).map(
    (key): Entry => ({ key, value: own(body, key) ?? null, path: [key], holder: body, at: key, isHoisted: true }),
  );
}
