import type { Place } from "../store/keyset.ts";

/** A page of a list, and where the next one begins; null on the last. */
export interface Page<Item> {
  readonly data: readonly Item[];
  readonly next: Place | null;
}

/** Makes a page of rows, of which there is one more than asked for when there is a next page. */
export function page<Row, Item>(
  rows: readonly Row[],
  limit: number,
  view: (row: Row) => Item,
  placeOf: (row: Row) => Place,
): Page<Item> {
  const shown = rows.slice(0, limit);
  return { data: shown.map(view), next: rows.length > limit ? placeOf(shown.at(-1)!) : null };
}

/** One row more than asked for tells whether there is a next page. */
export function oneMore<Q extends { readonly limit: number }>(query: Q): Q {
  return { ...query, limit: query.limit + 1 };
}
