import { raw } from "./keyset.ts";

const MARK = "/* prepared */";

/**
 * Put first in a statement, has PostgreSQL parse and plan it once for each connection. Only for statements whose plan
 * does not depend on how large a table is: the plan is kept while the table grows.
 */
export const PREPARED = raw(MARK);

const names = new Map<string, string>();

/** The name a statement is prepared under, the same for the same text; empty where it is not to be prepared. */
export function nameStatement({ sql }: { readonly sql: string }): string {
  if (!sql.startsWith(MARK)) return "";
  const name = names.get(sql) ?? `leadgate_${names.size}`;
  names.set(sql, name);
  return name;
}
