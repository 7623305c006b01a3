import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { type EmailFold, foldEmail, toEmailKey } from "../lead/email.ts";
import { mentions, spellingsOf } from "../lead/mentions.ts";
import type { Database, Queryable } from "../store/client.ts";
import { lockLead } from "../store/edit-lead.ts";
import { deleteAside, deleteLead, findAddresses, findAsideWith, findEventsOf } from "../store/erase.ts";
import { dropKept, keepHashes } from "../store/kept-hashes.ts";
import { findSubmissionsOf } from "../store/submissions.ts";
import { inTransaction } from "../store/transaction.ts";
import { addressRecord, contentsOf, eventsOf, identitiesOf } from "./keep.ts";
import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";

/** Erases a person from every table; said again, or of nobody, it does nothing. */
export type EraseLead = (id: string) => Promise<void>;

export interface EraseDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly fold: () => EmailFold;
}

/**
 * Makes the erasure: one transaction that locks the lead, so that nothing of the person comes in meanwhile, keeps keyed
 * hashes of what must not come back, and deletes everything else. Queued mail goes with it.
 */
export function createEraseLead({ database, clock, fold }: EraseDeps): EraseLead {
  const keyedHash = createKeyedHash(database);
  return async (id) => {
    const hash = await keyedHash();
    await inTransaction(database, (db) => erase(db, { id, hash, now: clock.now(), fold: fold() }));
  };
}

interface Work {
  readonly id: string;
  readonly hash: KeyedHash;
  readonly now: Date;
  readonly fold: EmailFold;
}

async function erase(db: Queryable, { id, hash, now, fold }: Work): Promise<void> {
  const lead = await lockLead(db, id);
  if (lead === null) return;
  const sent = await findSubmissionsOf(db, id);
  const events = await findEventsOf(db, id);
  await keepHashes(db, [
    ...identitiesOf(sent, hash, now),
    ...contentsOf(sent, hash, now),
    ...eventsOf(events, hash, now),
    ...(lead.suppressed ? [addressRecord(hash, lead.email, now)] : []),
  ]);
  if (!lead.suppressed) await dropKept(db, hash("address", lead.email));
  const aside = await asideOf(db, await findAddresses(db, id), fold);
  await deleteAside(db, { ids: aside, submissionIds: [...sent, ...events].map((one) => one.id) });
  await deleteLead(db, id);
}

/** Requests without a usable address may still hold that of a person, in a field nobody thought of. */
async function asideOf(db: Queryable, addresses: readonly string[], fold: EmailFold): Promise<string[]> {
  const keys = new Set(addresses.flatMap((address) => keyOf(address) ?? []));
  const folded = new Set([...keys, ...[...keys].map((key) => foldEmail(key, fold))]);
  const domains = new Set(
    [...folded].flatMap((key) => spellingsOf(key)).map((one) => one.slice(one.lastIndexOf("@") + 1)),
  );
  const candidates = await findAsideWith(db, [...domains]);
  const own = candidates.filter(({ payload, identity, contentType }) =>
    mentions([payload, identity, contentType], folded, fold),
  );
  return own.map(({ id }) => id);
}

function keyOf(address: string) {
  try {
    return toEmailKey(address);
  } catch (error) {
    if (error instanceof LeadgateError) return undefined;
    throw error;
  }
}
