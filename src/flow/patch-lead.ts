import type { Clock } from "../base/clock.ts";
import { LeadgateError } from "../base/errors.ts";
import { uuidV7 } from "../base/ids.ts";
import { type EmailFold, foldEmail, readEmail } from "../lead/email.ts";
import { edit } from "../lead/merge.ts";
import { editOf, type LeadPatch } from "../lead/patch.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import type { Database, Queryable } from "../store/client.ts";
import { insertChange, lockLead, writeLead } from "../store/edit-lead.ts";
import { dropKept, findKept, keepHashes } from "../store/kept-hashes.ts";
import { type LeadRecord, stateOf, withState } from "../store/leads.ts";
import { findSubmissionsOf } from "../store/submissions.ts";
import { inTransaction, isDuplicate } from "../store/transaction.ts";
import { tellOfChange } from "./hook-events.ts";
import { addressRecord, contentsOf } from "./keep.ts";
import { createKeyedHash, type KeyedHash } from "./keyed-hash.ts";

/** A merge patch of a lead. */
export interface Patch extends LeadPatch {
  readonly email?: string | undefined;
  readonly status?: string | undefined;
  readonly suppressed?: boolean | undefined;
}

export interface PatchRequest {
  readonly id: string;
  readonly patch: Patch;
  /** Whether the caller knows this version of the lead. */
  readonly matches: (version: number) => boolean;
  /** Who does it, as the lead's history is to tell. */
  readonly actor: string;
}

/**
 * Changes a lead by hand and tells how it then stands. Throws LeadgateError `not-found`, `stale-version`,
 * `invalid-email`, or `conflict` when the new address belongs to another lead.
 */
export type PatchLead = (request: PatchRequest) => Promise<LeadRecord>;

export interface PatchDeps {
  readonly database: Database;
  readonly clock: Clock;
  readonly fold: () => EmailFold;
  /** Told that there may be hooks to call. */
  readonly onQueued?: () => void;
}

export function createPatchLead({ database, clock, fold, onQueued }: PatchDeps): PatchLead {
  const keyedHash = createKeyedHash(database);
  return async (request) => {
    const address = request.patch.email === undefined ? undefined : addressOf(request.patch.email, fold());
    const hash = await keyedHash();
    try {
      const lead = await inTransaction(database, (db) =>
        patchLead(db, { ...request, address, hash, now: clock.now() }),
      );
      onQueued?.();
      return lead;
    } catch (error) {
      throw isDuplicate(error) ? addressTaken(error) : error;
    }
  };
}

interface Address {
  readonly email: string;
  readonly emailAsGiven: string;
}

function addressOf(typed: string, fold: EmailFold): Address {
  const { key, asGiven } = readEmail(typed);
  return { email: foldEmail(key, fold), emailAsGiven: asGiven };
}

interface Work extends PatchRequest {
  readonly address: Address | undefined;
  readonly hash: KeyedHash;
  readonly now: Date;
}

async function patchLead(db: Queryable, work: Work): Promise<LeadRecord> {
  const { id, patch, address, now } = work;
  const lead = await lockLead(db, id);
  if (lead === null) throw new LeadgateError("not-found", "There is no lead with this id.");
  if (!work.matches(lead.version)) throw stale();
  const changeId = uuidV7(now.getTime());
  const { fields, ...wanted } = editOf(stateOf(lead), patch);
  const given = address && { emailAsGiven: address.emailAsGiven };
  const edited = edit(stateOf(lead), { ...wanted, fields: { ...fields, ...given } }, now.getTime(), `edit:${changeId}`);
  const email = address?.email ?? lead.email;
  const suppressed = await suppression(db, lead, email, work);
  if (email !== lead.email) await leaveAddress(db, lead, suppressed, work);
  const merged = { ...withState(lead, edited.state), email, status: patch.status ?? lead.status, suppressed };
  const changes = [...differences(lead, merged), ...edited.changes];
  // What says nothing new is still remembered as said now, but is no other version.
  if (changes.length === 0) {
    await writeLead(db, merged);
    return merged;
  }
  const next = { ...merged, version: lead.version + 1, updatedAt: later(now, lead.updatedAt) };
  await writeLead(db, next);
  const entries = changes.map(([name, from, to]): [string, JsonObject] => [name, { from, to }]);
  const change = { id: changeId, leadId: id, actor: work.actor, changedAt: next.updatedAt };
  await insertChange(db, { ...change, changes: Object.fromEntries(entries) });
  await tellOfChange(db, { leadId: id, changeId, at: next.updatedAt });
  return next;
}

/** What no submission fills. */
function differences(before: LeadRecord, after: LeadRecord): (readonly [string, Json, Json])[] {
  const names = ["email", "status", "suppressed"] as const;
  return names.flatMap((name) => (before[name] === after[name] ? [] : [[name, before[name], after[name]] as const]));
}

/**
 * Whether the lead is to get no mail. The wish belongs to an address: given another, the lead takes its wish along and
 * leaves it with the old one, whose next lead must not be mailed either; and it finds that of the new address.
 */
async function suppression(db: Queryable, lead: LeadRecord, email: string, work: Work): Promise<boolean> {
  const { patch, hash } = work;
  if (patch.suppressed === false) {
    await dropKept(db, hash("address", email));
    return false;
  }
  if (patch.suppressed === true || lead.suppressed) return true;
  return email !== lead.email && (await findKept(db, [hash("address", email)])).length > 0;
}

/** Leaves behind what goes by the old address: which content is a replay there, and that it wants no mail. */
async function leaveAddress(db: Queryable, lead: LeadRecord, suppressed: boolean, { hash, now }: Work): Promise<void> {
  const contents = contentsOf(await findSubmissionsOf(db, lead.id), hash, now);
  await keepHashes(db, suppressed ? [...contents, addressRecord(hash, lead.email, now)] : contents);
}

function later(a: Date, b: Date): Date {
  return a > b ? a : b;
}

function stale(): LeadgateError {
  const message = "names no version that stands; read the lead again, and send the ETag it then has, in its quotes";
  return new LeadgateError("stale-version", `If-Match ${message}.`, { faults: [{ path: "If-Match", message }] });
}

function addressTaken(cause: unknown): LeadgateError {
  const message = "belongs to another lead; give another address, or erase that lead first";
  return new LeadgateError("conflict", `The e-mail address ${message}.`, {
    cause,
    faults: [{ path: "email", message }],
  });
}
