import type { JsonObject } from "../types.ts";
import { finish } from "./finish.ts";
import { omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Unbounce's form webhook: a key that is literally `data.json` holds a JSON text whose values are lists. */
export const unbounce: Shape = {
  name: "unbounce",
  recognise: ({ payload }, mapped) => {
    const key = ["data.json", "data_json"].find((name) => Object.hasOwn(payload, name));
    const data = key === undefined ? undefined : mapped.open(own(payload, key));
    if (!key || !data) return undefined;
    const repeated = Object.keys(payload).filter((name) => Object.hasOwn(data, name));
    return finish(
      { sender: "unbounce" },
      { tree: unlisted(data), rest: omit(payload, key, "data.xml", "data_xml", ...repeated) },
      mapped,
    );
  },
};

/** A list of one stands for its only value. */
function unlisted(data: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(data).map(([key, value]) => [
      key,
      Array.isArray(value) && value.length === 1 ? (value[0] ?? null) : value,
    ]),
  );
}
