import type { Queryable } from "./client.ts";
import type { MailPause } from "./generated/client.ts";

export type { MailPause } from "./generated/client.ts";

/** Why a provider takes no mail of ours at the moment, over all processes; null when it does. */
export async function findPause(db: Queryable, provider: string): Promise<MailPause | null> {
  return db.mailPause.findUnique({ where: { provider } });
}

/** Stops sending until a probe gets through. Said again, it puts off the next probe. */
export async function pause(
  db: Queryable,
  { provider, reason, at, probeAt }: { provider: string; reason: string; at: Date; probeAt: Date },
): Promise<void> {
  await db.$executeRaw`
    INSERT INTO mail_pauses (provider, reason, since, probe_at) VALUES (${provider}, ${reason}, ${at}, ${probeAt})
    ON CONFLICT (provider) DO UPDATE SET reason = EXCLUDED.reason, probe_at = EXCLUDED.probe_at`;
}

/** Takes the right to make the one probe that is due. @returns false when another process has it, or none is due. */
export async function takeProbe(
  db: Queryable,
  { provider, at, next }: { provider: string; at: Date; next: Date },
): Promise<boolean> {
  const taken = await db.$executeRaw`
    UPDATE mail_pauses SET probe_at = ${next} WHERE provider = ${provider} AND probe_at <= ${at}`;
  return taken > 0;
}

/** Goes on sending. @returns whether it was paused. */
export async function resume(db: Queryable, provider: string): Promise<boolean> {
  const { count } = await db.mailPause.deleteMany({ where: { provider } });
  return count > 0;
}
