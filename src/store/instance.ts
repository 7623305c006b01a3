import type { Queryable } from "./client.ts";

/**
 * Sets a value of this instance unless it has one, and tells which stands. Of several processes that start together
 * one sets it and all read the same.
 */
export async function setOnce(
  db: Queryable,
  name: string,
  value: string,
): Promise<{ readonly value: string; readonly wasSet: boolean }> {
  const rows = await db.$queryRaw<{ value: string }[]>`
    INSERT INTO instance (name, value) VALUES (${name}, ${value}) ON CONFLICT (name) DO NOTHING RETURNING value`;
  if (rows.length > 0) return { value, wasSet: true };
  const standing = await db.instance.findUniqueOrThrow({ where: { name } });
  return { value: standing.value, wasSet: false };
}
