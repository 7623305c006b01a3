import type { Clock } from "../base/clock.ts";
import type { Mailer } from "../mail/mailer.ts";
import { findPause, type MailPause } from "../store/mail-pauses.ts";
import { expireLeases } from "../store/outbox.ts";
import { withDatabase } from "../store/transaction.ts";
import { createDeliver } from "./deliver.ts";
import { type DepartDeps, PROVIDER } from "./depart.ts";
import { createSender } from "./send.ts";

export interface MailingDeps extends DepartDeps {
  readonly clock: Clock;
  readonly mode: "preview" | "shadow" | "sandbox" | "live";
  /** Whom `sandbox` and `live` call; the other modes call nobody. */
  readonly mailer: Mailer | undefined;
  readonly concurrency: number;
  readonly leaseMarginMs?: number | undefined;
}

/** What becomes of follow-ups that fall due, in whichever mode. */
export interface Mailing {
  /** Takes some that are due. @returns whether more may be. */
  run(): Promise<{ readonly more: boolean }>;
  /** Makes calls uncertain whose worker has died, in every mode: the mode may have been another when they began. */
  expireLeases(): Promise<{ readonly more: boolean }>;
  /** Settles everything that is due now, calls and all. */
  deliverDue(): Promise<void>;
  /** Why no mail is sent at the moment; null when it is, or when nobody would be called anyway. */
  pause(): Promise<MailPause | null>;
  /** Takes no more, and waits for the calls under way. */
  stop(): Promise<void>;
}

export function createMailing(deps: MailingDeps): Mailing {
  const { database, clock, mailer, mode } = deps;
  const { prisma } = database;
  const line =
    mailer === undefined || mode === "preview" || mode === "shadow"
      ? { run: createDeliver({ ...deps, mode: mode === "shadow" ? "shadow" : "preview" }), ...NO_CALLS }
      : createSender({ ...deps, mailer });
  const expire = () => withDatabase(() => expireLeases(prisma, clock.now()));
  return {
    run: line.run,
    async expireLeases() {
      const expired = await expire();
      if (expired > 0) deps.log.warn({ expired }, "calls whose worker stopped are uncertain now");
      return { more: false };
    },
    async deliverDue() {
      await expire();
      for (let taken = 1; taken > 0; ) {
        ({ taken } = await line.run());
        await line.idle();
      }
    },
    pause: async () => (mailer === undefined ? null : withDatabase(() => findPause(prisma, PROVIDER))),
    async stop() {
      await line.stop();
      mailer?.close();
    },
  };
}

const NO_CALLS = { idle: async () => {}, stop: async () => {} };
