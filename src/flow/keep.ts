import type { KeptRecord } from "../store/kept-hashes.ts";
import type { StoredSubmission } from "../store/submissions.ts";
import type { KeyedHash } from "./keyed-hash.ts";

type Sent = Pick<StoredSubmission, "id" | "source" | "identity" | "contentHash" | "receivedAt">;

/** A content-made identity and what it follows: see `claim.ts`. */
const BY_CONTENT = /^(hash:[^:]+):after:/;

/**
 * What to keep of submissions that nothing but their content identified. The newest of each source is a replay when it
 * comes again within the window; the others only lend their ids, so that the same content gets another identity.
 *
 * @param sent of one lead, oldest first.
 */
export function contentsOf(sent: readonly Sent[], hash: KeyedHash, now: Date): KeptRecord[] {
  const newest = new Map(sent.map(({ source, id }) => [source, id]));
  const records = sent.flatMap(({ id, source, identity, receivedAt }): KeptRecord[] => {
    const content = BY_CONTENT.exec(identity)?.[1];
    if (content === undefined) return [];
    const isNewest = newest.get(source) === id;
    return [record(now, "content", hash("content", source, content), id, { receivedAt: isNewest ? receivedAt : null })];
  });
  return [...new Map(records.map((one) => [one.hash, one])).values()];
}

/** What to keep of submissions that had an identity of their own: each is a replay for ever. */
export function identitiesOf(sent: readonly Sent[], hash: KeyedHash, now: Date): KeptRecord[] {
  const named = sent.filter(({ identity }) => !BY_CONTENT.test(identity));
  return named.map(({ id, source, identity, contentHash }) =>
    record(now, "submission", hash("submission", source, identity), id, { contentHash: hash("payload", contentHash) }),
  );
}

/** What to keep of counted events. */
export function eventsOf(
  events: readonly { readonly id: string; readonly source: string; readonly eventId: string }[],
  hash: KeyedHash,
  now: Date,
): KeptRecord[] {
  return events.map(({ id, source, eventId }) => record(now, "event", hash("event", source, eventId), id));
}

/** What to keep of an address that wants no mail. */
export function addressRecord(hash: KeyedHash, email: string, now: Date): KeptRecord {
  return record(now, "address", hash("address", email), null);
}

function record(
  keptAt: Date,
  kind: "submission" | "event" | "content" | "address",
  hash: string,
  submissionId: string | null,
  more: Partial<Pick<KeptRecord, "contentHash" | "receivedAt">> = {},
): KeptRecord {
  return { hash, kind, submissionId, contentHash: null, receivedAt: null, keptAt, ...more };
}
