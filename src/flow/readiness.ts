import { type Database, ping } from "../store/client.ts";
import { DatabaseAway } from "../store/database-away.ts";
import type { MailPause } from "../store/mail-pauses.ts";
import type { Spool } from "../store/spool/spool.ts";
import { withDatabase } from "../store/transaction.ts";
import type { Breaker } from "./breaker.ts";

/** Whether a process can take traffic, and what an operator should know. */
export interface ReadinessReport {
  readonly status: "ready" | "degraded" | "unavailable";
  readonly reasons: readonly string[];
}

export interface ReadinessDeps {
  readonly database: Database;
  readonly breaker: Breaker;
  readonly spool: Pick<Spool, "state" | "check">;
  /** Whether the database ever answered this process. */
  readonly wasThere: () => boolean;
  readonly pause: () => Promise<MailPause | null>;
}

/**
 * Makes the report. A process is ready as long as it takes submissions in for good: with the database away it still
 * does, into its spool, and a balancer that took it out of service would lose what the spool is there to keep. It is
 * not ready once it can't do that either, nor before it has once reached its database, without which it knows no key. A
 * paused sender is told, and takes nothing out of service.
 */
export function createReadiness({
  database,
  breaker,
  spool,
  wasThere,
  pause,
}: ReadinessDeps): () => Promise<ReadinessReport> {
  return async () => {
    const waiting = spool.state().records;
    try {
      const paused = await breaker.run(() => withDatabase(() => ping(database).then(pause)));
      const drained = waiting > 0 ? [`the spool is being drained (${waiting} waiting)`] : [];
      return { status: "ready", reasons: [...(paused === null ? [] : [toldPause(paused)]), ...drained] };
    } catch (error) {
      if (!(error instanceof DatabaseAway)) throw error;
    }
    const fault = await spool.check();
    const reasons = [`the database can't be reached; submissions are spooled (${waiting} waiting)`];
    if (fault === undefined && wasThere()) return { status: "degraded", reasons };
    if (fault === undefined) {
      return { status: "unavailable", reasons: [...reasons, "no key is known before it has been reached once"] };
    }
    return {
      status: "unavailable",
      reasons: ["the database can't be reached", `submissions can't be spooled: ${fault}`],
    };
  };
}

function toldPause({ reason, since, probeAt }: MailPause): string {
  const times = `since ${since.toISOString()}, next try after ${probeAt.toISOString()}`;
  return `mail is paused (${times}): ${reason}; check SENDGRID_API_KEY and the account`;
}
