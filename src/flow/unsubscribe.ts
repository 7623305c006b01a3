import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import type { Database } from "../store/client.ts";
import { suppressLead } from "../store/suppress.ts";
import { inTransaction } from "../store/transaction.ts";
import { tellOfChange } from "./hook-events.ts";
import type { Links } from "./links.ts";

export interface Unsubscribe {
  /** Whether a link was made here. Changes nothing: mail scanners follow every link. */
  knows(token: string): boolean;
  /** Takes the lead of a link off all mail; repeated, it changes nothing. Throws LeadgateError `not-found`. */
  byLink(token: string): Promise<void>;
}

export function createUnsubscribe(deps: { database: Database; clock: Clock; links: Links }): Unsubscribe {
  return {
    knows: (token) => deps.links.leadOf("unsubscribe", token) !== undefined,
    async byLink(token) {
      const leadId = deps.links.leadOf("unsubscribe", token);
      if (leadId === undefined) throw new LeadgateError("not-found", "This link is not complete; copy it again.");
      const at = deps.clock.now();
      const change = { leadId, changeId: uuidV7(at.getTime()), actor: "unsubscribe link", at };
      await inTransaction(deps.database, async (db) => {
        if ((await suppressLead(db, change)).changed) await tellOfChange(db, change);
      });
    },
  };
}
