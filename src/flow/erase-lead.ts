import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { type EmailFold, foldEmail, toEmailKey } from "../lead/email.ts";
import { mentions, spellingsOf } from "../lead/mentions.ts";
import type { Database, Queryable } from "../store/client.ts";
import { lockLead } from "../store/edit-lead.ts";
import { deleteAside, deleteLead, findAddresses, findAsideWith, findEventsOf } from "../store/erase.ts";
import { dropKept, keepHashes } from "../store/kept-hashes.ts";
import { findSubmissionsOf } from "../store/submissions.ts";
import { inTransaction, withDatabase } from "../store/transaction.ts";
import { keepErasure } from "./erased-people.ts";
import { addressRecord, contentsOf, eventsOf, identitiesOf } from "./keep.ts";
import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";
import { fromRecord } from "./spooled.ts";

/** Erases a person from every table; said again, or of nobody, it does nothing. */
export type EraseLead = (id: string) => Promise<void>;

export interface EraseDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly fold: () => EmailFold;
  /** Drops what a predicate picks of what waits in the spool. */
  readonly eraseSpooled: (matches: (text: string) => boolean) => Promise<unknown>;
}

/**
 * Makes the erasure: one transaction that locks the lead, so that nothing of the person comes in meanwhile, keeps keyed
 * hashes of what must not come back, and deletes everything else. Queued mail goes with it. Then the spool of this
 * process is gone through; what waits in another's is told by its time of arrival when it is drained.
 */
export function createEraseLead({ database, clock, fold, eraseSpooled }: EraseDeps): EraseLead {
  const keyedHash = createKeyedHash(database);
  return async (id) => {
    const hash = await withDatabase(keyedHash);
    const folds = fold();
    const keys = await inTransaction(database, (db) => erase(db, { id, hash, now: clock.now(), fold: folds }));
    if (keys.size > 0) await eraseSpooled((text) => isSpooledOf(text, keys, folds));
  };
}

/** Whether a record of the spool, or what is left of one, is of a person with one of these addresses. */
function isSpooledOf(text: string, keys: ReadonlySet<string>, folds: EmailFold): boolean {
  const spooled = fromRecord(text);
  if (spooled === undefined) return mentions(text, keys, folds);
  if (spooled.kind === "submission") return keys.has(spooled.submission.said.email);
  const { payload, identity, contentType } = spooled.request;
  return mentions([payload, identity.value, contentType], keys, folds);
}

interface Work {
  readonly id: string;
  readonly hash: KeyedHash;
  readonly now: Date;
  readonly fold: EmailFold;
}

/** @returns the keys of every address the person had. */
async function erase(db: Queryable, { id, hash, now, fold }: Work): Promise<ReadonlySet<string>> {
  const lead = await lockLead(db, id);
  if (lead === null) return new Set();
  const sent = await findSubmissionsOf(db, id);
  const events = await findEventsOf(db, id);
  await keepHashes(db, [
    ...identitiesOf(sent, hash, now),
    ...contentsOf(sent, hash, now),
    ...eventsOf(events, hash, now),
    ...(lead.suppressed ? [addressRecord(hash, lead.email, now)] : []),
  ]);
  if (!lead.suppressed) await dropKept(db, hash("address", lead.email));
  const keys = keysOf(await findAddresses(db, id), fold);
  await keepErasure(db, { hash, addresses: [...keys], now });
  const aside = await asideOf(db, keys, fold);
  await deleteAside(db, { ids: aside, submissionIds: [...sent, ...events].map((one) => one.id) });
  await deleteLead(db, id);
  return keys;
}

function keysOf(addresses: readonly string[], fold: EmailFold): ReadonlySet<string> {
  const keys = new Set(addresses.flatMap((address) => keyOf(address) ?? []));
  return new Set([...keys, ...[...keys].map((key) => foldEmail(key, fold))]);
}

/** Requests without a usable address may still hold that of a person, in a field nobody thought of. */
async function asideOf(db: Queryable, keys: ReadonlySet<string>, fold: EmailFold): Promise<string[]> {
  const domains = new Set(
    [...keys].flatMap((key) => spellingsOf(key)).map((one) => one.slice(one.lastIndexOf("@") + 1)),
  );
  const candidates = await findAsideWith(db, [...domains]);
  const own = candidates.filter(({ payload, identity, contentType }) =>
    mentions([payload, identity, contentType], keys, fold),
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
