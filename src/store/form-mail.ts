import type { Queryable } from "./client.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;
/** Any number will do, as long as nothing else on the same database takes it. */
const ADVISORY_LOCK = 7_202_611_241;

/** What the caps on mail caused by forms leave room for. */
export interface FormMailRoom {
  /** Mails that may still go within this hour. */
  readonly left: number;
  /** When there is room again, where none is left. */
  readonly freeAt: Date;
  /** When each of the recipients asked for may get the next one; those who may now are left out. */
  readonly nextFor: ReadonlyMap<string, Date>;
}

/**
 * Reads what room there is, and keeps every other process from doing so until the transaction ends, so that two never
 * use the same room.
 *
 * @param perHour at most in all.
 * @param recipients hashes of folded addresses.
 */
export async function lockFormMailRoom(
  db: Queryable,
  { now, perHour, recipients }: { now: Date; perHour: number; recipients: readonly string[] },
): Promise<FormMailRoom> {
  await db.$queryRaw`SELECT pg_advisory_xact_lock(${ADVISORY_LOCK})::text`;
  const anHourAgo = new Date(now.getTime() - HOUR_MS);
  const recent = await db.$queryRaw<{ at: Date }[]>`
    SELECT called_at AS at FROM sent_messages WHERE channel = 'form' AND called_at > ${anHourAgo}
    ORDER BY called_at DESC LIMIT ${perHour}`;
  const oldest = recent.at(-1)?.at ?? now;
  return {
    left: perHour - recent.length,
    freeAt: new Date(oldest.getTime() + HOUR_MS),
    nextFor: await nextFor(db, recipients, new Date(now.getTime() - DAY_MS)),
  };
}

async function nextFor(db: Queryable, recipients: readonly string[], aDayAgo: Date): Promise<Map<string, Date>> {
  if (recipients.length === 0) return new Map();
  const rows = await db.$queryRaw<{ recipient: string; at: Date }[]>`
    SELECT recipient_hash AS recipient, max(called_at) AS at FROM sent_messages
    WHERE channel = 'form' AND recipient_hash = ANY (${recipients}) AND called_at > ${aDayAgo}
    GROUP BY recipient_hash`;
  return new Map(rows.map(({ recipient, at }) => [recipient, new Date(at.getTime() + DAY_MS)]));
}
