import { compact, matchLabel, segments } from "../labels.ts";
import type { CanonicalField, Json, JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { isObject, own } from "./read.ts";

/** Deeper than this nothing is looked for; what lies there is kept as it is. */
const MAX_DEPTH = 24;
const LABEL_KEYS = ["label", "title", "name", "question", "key", "field", "ref", "column_name", "column_id", "id"];
const VALUE_KEYS = ["value", "values", "answer", "string_value"];
const LISTS = new Set([
  "fields",
  "answers",
  "fielddata",
  "formdata",
  "formfields",
  "customfields",
  "responses",
  "questionsandanswers",
]);
const TYPES: Readonly<Record<string, CanonicalField>> = {
  email: "email",
  inputemail: "email",
  emailfield: "email",
  tel: "phone",
  phone: "phone",
  phonenumber: "phone",
  inputphonenumber: "phone",
};

/** The field a sender's own field type stands for: `email`, `tel`, `INPUT_PHONE_NUMBER`. */
export function fieldForType(type: Json | undefined): CanonicalField | undefined {
  return typeof type === "string"
    ? Object.hasOwn(TYPES, compact(type))
      ? TYPES[compact(type)]
      : undefined
    : undefined;
}

/** Every value of a tree with its path; lists of `{label, value}` are read as what they mean. */
export function leaves(root: JsonObject): Entry[] {
  const found: Entry[] = [];
  collect(root, [], 0, found);
  return found;
}

/** The `{label, value}` pairs of a list; nothing when any element is something else. */
export function pairs(items: readonly Json[], around: readonly string[] = []): Entry[] | undefined {
  const found = items.map((item, at) => pair(item, around, { holder: items, at }));
  return items.length > 0 && found.every((entry) => entry !== undefined) ? (found as Entry[]) : undefined;
}

/** What is left of a tree when entries were taken out; containers emptied by that go too. */
export function prune(node: Json, taken: ReadonlyMap<object, ReadonlySet<string>>, depth = 0): Json | undefined {
  if (typeof node !== "object" || node === null || depth > MAX_DEPTH) return node;
  const gone = taken.get(node);
  const kept = Object.entries(node).flatMap(([key, value]): [string, Json][] => {
    if (gone?.has(key) || key === "google_key") return [];
    const rest = prune(value, taken, depth + 1);
    return rest === undefined ? [] : [[key, rest]];
  });
  const wasEmptied = kept.length === 0 && Object.keys(node).length > 0;
  if (wasEmptied) return undefined;
  return Array.isArray(node) ? kept.map(([, value]) => value) : Object.fromEntries(kept);
}

/** A place in a tree: an object or array that was read, and the key or index there. */
export type Place = Pick<Entry, "holder" | "at">;

/** Places to leave out of the tree: what was taken, and lists whose pairs are kept one by one. */
export function placesOf(entries: Iterable<Place>): Map<object, Set<string>> {
  const places = new Map<object, Set<string>>();
  for (const { holder, at } of entries) places.set(holder, (places.get(holder) ?? new Set()).add(String(at)));
  return places;
}

function collect(node: Json[] | JsonObject, around: readonly string[], depth: number, found: Entry[]): void {
  const isName = isObject(node) && typeof own(node, "first") === "string" && typeof own(node, "last") === "string";
  for (const [at, value] of Object.entries(node)) {
    const inName = isName && (at === "first" || at === "last");
    const path = inName ? [...around.slice(0, -1), "name", at] : [...around, ...segments(at)];
    const entry: Entry = { key: at, value, path, holder: node, at };
    if (typeof value !== "object" || value === null || depth >= MAX_DEPTH) found.push(entry);
    else if (Array.isArray(value)) collectList(value, entry, depth, found);
    else if (isValueObject(value)) found.push(valueEntry(value, entry));
    else collect(value, path, depth + 1, found);
  }
}

function collectList(items: Json[], entry: Entry, depth: number, found: Entry[]): void {
  if (items.every((item) => typeof item !== "object" || item === null)) {
    found.push(entry);
    return;
  }
  const listed = pairs(items, entry.path.slice(0, -1));
  const isForm = LISTS.has(compact(entry.path.at(-1) ?? "")) || listed?.some((one) => one.field ?? matchLabel(one.key));
  if (listed && isForm) found.push(...listed);
  else collect(items, entry.path, depth + 1, found);
}

/** `email: { value, type, … }`: the value goes by the key it stands under, or by its own title. */
function isValueObject(value: JsonObject): boolean {
  const inner = own(value, "value");
  return inner !== undefined && (typeof inner !== "object" || inner === null) && Object.keys(value).length <= 12;
}

function valueEntry(value: JsonObject, entry: Entry): Entry {
  const aliases = ["title", "label", "name"].flatMap((key) => labelOf(own(value, key)));
  const shell = { holder: entry.holder, at: entry.at };
  const field = fieldForType(own(value, "type"));
  return { ...entry, value: own(value, "value") ?? null, aliases, field, holder: value, at: "value", shell };
}

function pair(item: Json, around: readonly string[], shell: Place): Entry | undefined {
  if (!isObject(item)) return undefined;
  const labels = LABEL_KEYS.flatMap((key) => labelOf(own(item, key)));
  const at = VALUE_KEYS.find((key) => Object.hasOwn(item, key));
  const [key] = labels;
  if (at === undefined || key === undefined) return undefined;
  const field = fieldForType(own(item, "type"));
  return {
    shell,
    key,
    value: item[at] ?? null,
    path: [...around, key],
    aliases: labels.slice(1),
    field,
    holder: item,
    at,
    isHoisted: true,
  };
}

function labelOf(value: Json | undefined): string[] {
  return typeof value === "string" && value !== "" ? [value] : [];
}
