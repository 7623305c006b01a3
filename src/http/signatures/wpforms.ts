/**
 * The JSON that WPForms signs when it sends a form.
 *
 * In its form mode the plugin signs `wp_json_encode($body)` of the PHP array, while WordPress sends that array through
 * `http_build_query`. So the fields are read back into the array and written as PHP's `json_encode` would: in their
 * order, `/` as `\/`, everything that is not ASCII as `\uxxxx`, an array with keys 0, 1, 2 … as a list.
 *
 * What cannot be told from the bytes is whether a value was a number. In the plugin's source only a date's `unix` is.
 */
export function toSignedForm(rawBody: Buffer): string {
  const fields: PhpArray = new Map();
  let count = 0;
  for (const [name, value] of new URLSearchParams(rawBody.toString("utf8"))) {
    if (++count <= MAX_FIELDS) put(fields, keysOf(name), value);
  }
  return toPhpJson(fields, "");
}

type PhpArray = Map<string, PhpArray | string>;

const MAX_FIELDS = 1_000;
const MAX_DEPTH = 8;

/** `date[unix]` is the field `unix` of the field `date`. */
function keysOf(name: string): string[] {
  const opening = name.indexOf("[");
  if (opening <= 0 || !name.endsWith("]")) return [name];
  return [name.slice(0, opening), ...name.slice(opening + 1, -1).split("][")].slice(0, MAX_DEPTH);
}

function put(fields: PhpArray, keys: readonly string[], value: string): void {
  const [key = "", ...deeper] = keys;
  if (deeper.length === 0) {
    fields.set(key, value);
    return;
  }
  const known = fields.get(key);
  const inner: PhpArray = known instanceof Map ? known : new Map();
  fields.set(key, inner);
  put(inner, deeper, value);
}

function toPhpJson(value: PhpArray | string, key: string): string {
  if (typeof value === "string") {
    return key === "unix" && /^(?:0|-?[1-9]\d{0,14})$/.test(value) ? value : toPhpString(value);
  }
  const keys = [...value.keys()];
  const isList = keys.every((name, index) => name === String(index));
  const items = keys.map((name) => {
    const item = toPhpJson(value.get(name) ?? "", name);
    return isList ? item : `${toPhpString(name)}:${item}`;
  });
  return isList ? `[${items.join(",")}]` : `{${items.join(",")}}`;
}

function toPhpString(text: string): string {
  return JSON.stringify(text)
    .replace(/\//g, "\\/")
    .replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
