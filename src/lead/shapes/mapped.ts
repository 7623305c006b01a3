import type { CanonicalField, Json, JsonObject } from "../types.ts";
import { accept, type Fields } from "./fields.ts";
import { idText, isBlank, isObject, parsedObject } from "./read.ts";

/** Where the owner of a source says that values are: canonical name → literal key, or path such as `answers[0].text`. */
export type FieldMap = Readonly<Partial<Record<CanonicalField | "submissionId", string>>>;

/** What the owner's mapping found, and where, so that recognition leaves those places alone. */
export interface Mapped {
  readonly fields: Fields;
  readonly senderId: string | undefined;
  /** Whether the value at this place of the payload was taken by the mapping. */
  isTaken(holder: object, at: string | number): boolean;
  /** The object in a JSON text, the same one at every call. */
  open(value: Json | undefined): JsonObject | undefined;
}

interface Place {
  readonly holder: object;
  readonly at: string | number;
  readonly value: Json;
}

/** Reads a source's mapping. A place that is absent, blank or unusable for its field leaves the field to recognition. */
export function applyMap(payload: JsonObject, map: FieldMap = {}): Mapped {
  const places = new Map<object, Set<string>>();
  const fields: Fields = new Map();
  const open = opener();
  let senderId: string | undefined;
  for (const [name, path] of Object.entries(map)) {
    const place = path === undefined ? undefined : locate(payload, path, open);
    if (!place || isBlank(place.value)) continue;
    const value = name === "submissionId" ? idText(place.value) : accept(name as CanonicalField, place.value);
    if (value === undefined) continue;
    if (name === "submissionId") senderId = String(value);
    else fields.set(name as CanonicalField, value);
    places.set(place.holder, (places.get(place.holder) ?? new Set()).add(String(place.at)));
  }
  return { fields, senderId, open, isTaken: (holder, at) => places.get(holder)?.has(String(at)) ?? false };
}

/** A literal key wins over the path reading, at every step: `data.json.email` finds `email` in a key `data.json`. */
function locate(root: JsonObject, path: string, open: Mapped["open"]): Place | undefined {
  if (Object.hasOwn(root, path)) return { holder: root, at: path, value: root[path] ?? null };
  const steps = path.split(/[.[\]]/).filter((step) => step !== "");
  return steps.length > 40 ? undefined : walk(root, steps, open);
}

function walk(from: Json, steps: readonly string[], open: Mapped["open"]): Place | undefined {
  const node = typeof from === "string" ? open(from) : from;
  if (Array.isArray(node)) return step(node, steps, 1, open);
  if (!isObject(node)) return undefined;
  for (let taken = steps.length; taken > 0; taken -= 1) {
    const found = Object.hasOwn(node, steps.slice(0, taken).join(".")) ? step(node, steps, taken, open) : undefined;
    if (found) return found;
  }
  return undefined;
}

function step(
  node: Json[] | JsonObject,
  steps: readonly string[],
  taken: number,
  open: Mapped["open"],
): Place | undefined {
  const at = steps.slice(0, taken).join(".");
  const value = Array.isArray(node) ? (/^\d{1,6}$/.test(at) ? node[Number(at)] : undefined) : node[at];
  if (value === undefined) return undefined;
  return taken === steps.length ? { holder: node, at, value } : walk(value, steps.slice(taken), open);
}

function opener(): Mapped["open"] {
  const opened = new Map<string, JsonObject | undefined>();
  return (value) => {
    if (typeof value !== "string") return parsedObject(value);
    if (!opened.has(value)) opened.set(value, parsedObject(value));
    return opened.get(value);
  };
}
