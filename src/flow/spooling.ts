import type { Clock } from "../base/clock.ts";
import type { Log } from "../base/log.ts";
import type { Database } from "../store/client.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { Accept } from "./accept.ts";
import { type Breaker, createBreaker } from "./breaker.ts";
import { createCoalesce } from "./coalesce.ts";
import { createDrain, type Drain } from "./drain.ts";
import { createLookForErased } from "./erased-people.ts";
import { createSetAside } from "./set-aside.ts";
import type { AcceptResult, Submission } from "./submission.ts";
import { createTakeIn, type TakeIn } from "./take-in.ts";

/** The intake with the database there, away, and back. */
export interface Spooling {
  readonly breaker: Breaker;
  readonly takeIn: TakeIn;
  /** Takes a submission in that need not be spooled: it is stored already. */
  readonly acceptOne: (submission: Submission) => Promise<AcceptResult>;
  readonly drain: Drain;
  /** Drains everything that waits now. */
  drainAll(): Promise<void>;
  /**
   * Ends everything. With the database away work that waits for it may never end: then it is left after a while, and the
   * spool is closed alone.
   *
   * @returns whether everything ended.
   */
  stop(graceMs: number, everything: () => Promise<void>): Promise<boolean>;
}

export interface SpoolingDeps {
  readonly database: Database;
  readonly accept: Accept;
  readonly spool: Spool;
  readonly clock: Clock;
  readonly log: Log;
  /** Whether the database answers, within a second. */
  readonly probe: () => Promise<boolean>;
  readonly startsAway: boolean;
  /** Told when the database is back. */
  readonly onBack: () => void;
}

/** Puts breaker, intake, spool and drain together. */
export function createSpooling({ database, accept, spool, clock, log, onBack, ...deps }: SpoolingDeps): Spooling {
  const onChange = (isAway: boolean) => {
    if (isAway) log.error("the database is away; submissions are kept in the spool");
    else log.info({ waiting: spool.state().records }, "the database is back");
    if (!isAway) onBack();
  };
  // The embedded database is in this process: it may be slow, and is never out of reach.
  const breaker = createBreaker({ ...deps, onChange, patient: database.kind === "embedded" });
  const guarded: Accept = (batch) => breaker.run(() => accept(batch));
  // The embedded database is one connection, on which a second batch could only wait.
  const acceptOne = createCoalesce(guarded, database.kind === "embedded" ? 1 : 2);
  const store = createSetAside({ database });
  const setAside: typeof store = (request, place) => breaker.run(() => store(request, place));
  const lookForErased = createLookForErased(database);
  const drain = createDrain({ spool, accept: guarded, setAside, lookForErased, database, breaker, log });
  return {
    breaker,
    takeIn: createTakeIn({ accept: guarded, acceptOne, setAside, spool, clock }),
    acceptOne,
    drain,
    async drainAll() {
      while ((await drain.run()).more);
    },
    async stop(graceMs, everything) {
      const ended = await Promise.race([everything().then(() => true), away(breaker, graceMs)]);
      breaker.close();
      if (!ended) await spool.close();
      return ended;
    },
  };
}

/** Resolves when the database has been away for so long from now on, or from when it goes away. */
function away(breaker: Breaker, graceMs: number): Promise<false> {
  return new Promise((resolve) => {
    const tell = () => setTimeout(() => resolve(false), graceMs).unref();
    breaker.whenAway(tell, () => true);
  });
}
