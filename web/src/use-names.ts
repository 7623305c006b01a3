import { useEffect, useState } from "preact/hooks";
import { api } from "./api.ts";
import { nameOf } from "./lead-name.ts";

const names = new Map<string, string>();

/** What the leads of some items are called, as soon as that is known; looked up once for each page. */
export function useNames(ids: readonly string[]): ReadonlyMap<string, string> {
  const [, render] = useState({});
  const missing = [...new Set(ids)].filter((id) => !names.has(id)).slice(0, 200);
  useEffect(() => {
    if (missing.length === 0) return;
    // Without names there are still the mails: the list tells of its own failures.
    api.names(missing).then(
      (found) => {
        for (const id of missing) names.set(id, "(erased)");
        for (const lead of found) names.set(lead.id, nameOf(lead));
        render({});
      },
      () => {},
    );
  }, [missing.join()]);
  return names;
}
