import { createHmac } from "node:crypto";
import type { Queryable } from "../store/client.ts";
import { lockFormMailRoom } from "../store/form-mail.ts";
import type { DueMessage } from "../store/outbox.ts";

/** A follow-up that is to go, and to whom. */
export interface Candidate {
  readonly message: DueMessage;
  /** Keyed hash of the folded address; undefined for mail to the team, whose address no form can choose. */
  readonly recipientHash: string | undefined;
}

export interface Capped<C> {
  readonly go: readonly C[];
  readonly later: readonly { readonly id: string; readonly dueAt: Date; readonly reason: string }[];
  /** Until when no mail caused by forms may go at all. */
  readonly fullUntil: Date | undefined;
}

/**
 * Holds mail caused by forms to its caps: one a day to a recipient, and so many an hour in all. Whoever fills in a form
 * chooses the address, so without them any form would be a way to mail a stranger.
 *
 * Locks the room it reads until the transaction ends. Mail with other causes passes.
 */
export async function applyCaps<C extends Candidate>(
  db: Queryable,
  candidates: readonly C[],
  { now, perHour }: { readonly now: Date; readonly perHour: number },
): Promise<Capped<C>> {
  const fromForms = candidates.filter(({ message }) => message.channel === "form");
  if (fromForms.length === 0) return { go: candidates, later: [], fullUntil: undefined };
  const recipients = [...new Set(fromForms.flatMap(({ recipientHash }) => recipientHash ?? []))];
  const room = await lockFormMailRoom(db, { now, perHour, recipients });
  const nextFor = new Map(room.nextFor);
  const go: C[] = [];
  const later: Capped<C>["later"][number][] = [];
  let left = room.left;
  for (const candidate of candidates) {
    const { message, recipientHash = "" } = candidate;
    if (message.channel !== "form") {
      go.push(candidate);
      continue;
    }
    const dueAt = nextFor.get(recipientHash);
    if (dueAt !== undefined) {
      later.push({ id: message.id, dueAt, reason: "waits: forms may cause one mail a day to a recipient" });
    } else if (left > 0) {
      go.push(candidate);
      left--;
      if (recipientHash !== "") nextFor.set(recipientHash, new Date(now.getTime() + DAY_MS));
    }
  }
  return { go, later, fullUntil: left > 0 ? undefined : room.freeAt };
}

const DAY_MS = 86_400_000;

/**
 * Stands for a mailbox, whatever tag or dots its address is written with; a host that minds dots makes two people one
 * here, and the second waits a day.
 */
export function hashRecipient(secret: Buffer, email: string): string {
  const at = email.lastIndexOf("@");
  const local = email.slice(0, at).toLowerCase().replace(/\+.*$/s, "").replaceAll(".", "");
  return createHmac("sha256", secret)
    .update(`recipient ${local}${email.slice(at)}`)
    .digest("base64url")
    .slice(0, 22);
}
