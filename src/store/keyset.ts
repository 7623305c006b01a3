import { Prisma } from "./generated/client.ts";

/** The place in a list after which the next page begins: the sort column's time, and the id that breaks ties. */
export interface Place {
  readonly at: Date;
  readonly id: string;
}

/** Part of a SQL statement with its parameters. */
export type Sql = Prisma.Sql;
export const { sql, join, empty, raw } = Prisma;

/** `WHERE` all of the conditions, or nothing. */
export function where(conditions: readonly Sql[]): Sql {
  return conditions.length === 0 ? empty : sql`WHERE ${join([...conditions], " AND ")}`;
}

/**
 * The rows after a place in a list sorted by time and id: a comparison of rows, which a composite index answers, so
 * that every page costs the same and rows that come and go move no other.
 *
 * @param columns trusted SQL: the two columns sorted by.
 */
export function after(columns: readonly [string, string], place: Place | undefined, newestFirst: boolean): Sql[] {
  if (place === undefined) return [];
  const [at, id] = columns;
  return [sql`(${raw(at)}, ${raw(id)}) ${raw(newestFirst ? "<" : ">")} (${place.at}::timestamptz, ${place.id}::uuid)`];
}

/** @param columns trusted SQL. */
export function orderBy(columns: readonly [string, string], newestFirst: boolean): Sql {
  const direction = newestFirst ? "DESC" : "ASC";
  return raw(`ORDER BY ${columns[0]} ${direction}, ${columns[1]} ${direction}`);
}

/** Text to look for with LIKE, its wildcards taken literally (PostgreSQL manual, 9.7.1). */
export function containing(text: string): string {
  return `%${text.replace(/[\\%_]/g, "\\$&")}%`;
}
