import canonicalize from "canonicalize";
import type { Json } from "./types.ts";

/**
 * The one text of a JSON value by RFC 8785 (JSON Canonicalization Scheme): keys sorted, no white space, numbers as
 * ECMAScript writes them. Two values are the same content exactly when these texts are equal.
 *
 * @param value at most some thousand levels deep; intake refuses deeper ones long before.
 */
export function canonicalJson(value: Json): string {
  return canonicalize(value) ?? "null";
}
