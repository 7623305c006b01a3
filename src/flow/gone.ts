import type { Queryable } from "../store/client.ts";
import { findKept, type KeptRecord } from "../store/kept-hashes.ts";
import { findAnswersById, type StoredSubmission } from "../store/submissions.ts";
import type { KeyedHash } from "./keyed-hash.ts";
import type { Submission } from "./submission.ts";

/** What is known of a batch from what is gone: erased, or left behind by a lead that was given another address. */
export interface Gone {
  /** What is kept of the same submission or event. */
  of(submission: Submission): KeptRecord | undefined;
  /** The submission a record names, where it is still there: its lead has another address by now. */
  answerOf(record: KeptRecord): StoredSubmission | undefined;
  /** Whether a record is of this very content. */
  isOf(record: KeptRecord, contentHash: string): boolean;
  /** Whether an address that has no lead wanted no mail. */
  isUnwanted(email: string): boolean;
}

/**
 * Looks for what is gone. A batch needs no such look before its write is refused for it (`Absent` of the store), so
 * that what is new, which is nearly everything, does not pay for it.
 */
export async function lookForGone(db: Queryable, batch: readonly Submission[], hash: KeyedHash): Promise<Gone> {
  const addresses = batch.map(({ said }) => hash("address", said.email));
  const kept = await findKept(db, [...new Set([...batch.map((one) => nameOf(hash, one)), ...addresses])]);
  const byHash = new Map(kept.map((record) => [record.hash, record]));
  const answers = await findAnswersById(
    db,
    kept.flatMap(({ submissionId }) => submissionId ?? []),
  );
  const byId = new Map(answers.map((answer) => [answer.id, answer]));
  return {
    of: (submission) => byHash.get(nameOf(hash, submission)),
    answerOf: ({ submissionId }) => byId.get(submissionId ?? ""),
    isOf: (record, contentHash) => record.contentHash === hash("payload", contentHash),
    isUnwanted: (email) => byHash.has(hash("address", email)),
  };
}

/** The hash under which something would be kept if it were gone. */
export function nameOf(hash: KeyedHash, { source, identity, event }: Submission): string {
  if (event !== undefined) return hash("event", source, event.id);
  return hash(identity.kind === "hash" ? "content" : "submission", source, identity.value);
}
