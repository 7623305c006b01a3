import type { Json } from "./types.ts";

/** A value in a payload, and the path a mapping names it by. */
export interface Place {
  readonly path: string;
  readonly value: string;
}

const MAX_PLACES = 300;

/** Every text, number and truth in a payload, by the path that a mapping reads it with. */
export function placesIn(payload: Json): Place[] {
  const places: Place[] = [];
  const walk = (value: Json, path: string) => {
    if (places.length >= MAX_PLACES) return;
    if (Array.isArray(value)) for (const [index, item] of value.entries()) walk(item, `${path}[${index}]`);
    else if (typeof value === "object" && value !== null) {
      for (const [key, item] of Object.entries(value)) walk(item, path === "" ? key : `${path}.${key}`);
    } else if (value !== null && value !== "") places.push({ path, value: String(value) });
  };
  walk(payload, "");
  return places;
}
