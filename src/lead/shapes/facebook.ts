import type { Json, JsonObject, Recognised } from "../types.ts";
import { finish } from "./finish.ts";
import { pairs } from "./leaves.ts";
import type { Mapped } from "./mapped.ts";
import { dig, epoch, idText, instant, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Facebook Lead Ads: the lead as the Graph API gives it, or the bare webhook, which says only that there is one. */
export const facebook: Shape = {
  name: "facebook",
  recognise: ({ payload }, mapped) => {
    const notice = list(list(payload, "entry")[0], "changes")[0];
    if (isObject(notice) && dig(notice, "value", "leadgen_id") !== undefined) return bare(payload, notice, mapped);
    const data = list(payload, "field_data");
    const entries = pairs(data);
    if (!entries || !data.every((item) => Array.isArray(own(item, "values")))) return undefined;
    const isDummy = entries.some((entry) => list(entry.holder as JsonObject, "values").some(isTestValue));
    return finish(
      {
        sender: "facebook",
        senderId: idText(own(payload, "id")) ?? idText(own(payload, "leadgen_id")),
        occurredAt: timeOf(payload),
        test: isDummy,
      },
      {
        entries: entries.map((entry) => ({ ...entry, value: oneOrAll(entry.value) })),
        rest: omit(payload, "field_data", "id", "created_time"),
      },
      mapped,
    );
  },
};

function bare(payload: JsonObject, notice: JsonObject, mapped: Mapped): Recognised {
  const value = own(notice, "value") ?? null;
  return finish(
    {
      sender: "facebook",
      senderId: idText(own(value, "leadgen_id")),
      occurredAt: timeOf(value),
      missing:
        "Facebook's webhook carries only the leadgen_id, not the person's e-mail address; fetch the lead from the Graph API by that id (or let Zapier or Make do it) and send its field_data here",
    },
    { rest: payload },
    mapped,
  );
}

/** Facebook's testing tool fills the fields with this text. */
function isTestValue(value: Json): boolean {
  return typeof value === "string" && value.startsWith("<test lead: dummy data for");
}

function timeOf(value: Json): Date | undefined {
  return instant(own(value, "created_time")) ?? epoch(own(value, "created_time"));
}

function oneOrAll(value: Json): Json {
  return Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value;
}
