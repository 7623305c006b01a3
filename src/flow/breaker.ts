import { DatabaseAway } from "../store/database-away.ts";

/** Stands between callers and a database that may be away. */
export interface Breaker {
  /**
   * Does work that needs the database, and does not wait for one that hangs: the work then goes on, but nobody hears of
   * it. Throws `DatabaseAway` at once while the database is known to be away.
   */
  run<Result>(work: () => Promise<Result>): Promise<Result>;
  /**
   * Tells once when the database goes away, while something waits for it.
   *
   * @param stillWaits asked now and then, so that what has its answer is watched no longer.
   * @returns what ends the wait.
   */
  whenAway(tell: (away: DatabaseAway) => void, stillWaits: () => boolean): () => void;
  readonly isAway: boolean;
  /** Looks no more whether the database is back. */
  close(): void;
}

export interface BreakerOptions {
  /** Whether the database answers, within a second. */
  readonly probe: () => Promise<boolean>;
  /** Told when it goes away and when it is back. */
  readonly onChange?: (isAway: boolean) => void;
  /** The database is away from the start. */
  readonly startsAway?: boolean;
  /** Waits for as long as work takes: for a database that can't hang. */
  readonly patient?: boolean;
}

/** Work that takes longer has the database probed, and probed again each time this has passed. */
const SUSPECT_MS = 700;
/** Work that takes longer is given up although the database answers: it waits for a lock, or on a dead connection. */
const GIVE_UP_MS = 10_000;
/** How often a database that is away is looked for. */
const RETRY_MS = 500;
const TICK_MS = 100;

interface Waiter {
  readonly sinceMs: number;
  readonly giveUpAtMs: number;
  readonly tell: (away: DatabaseAway) => void;
  readonly stillWaits: () => boolean;
}

/**
 * Makes a circuit breaker. Work that fails because the database is away, and work that hangs, has the database probed; it
 * opens when the probe gets no answer. Neither one broken connection nor a busy database does that. While it is open one
 * probe at a time asks whether the database is back, and closes it.
 */
export function createBreaker({ probe, onChange, patient = false, startsAway = false }: BreakerOptions): Breaker {
  const waiters = new Set<Waiter>();
  let isAway = false;
  let closed = false;
  let watch: NodeJS.Timeout | undefined;
  let retry: NodeJS.Timeout | undefined;
  let probing = false;
  let answeredAtMs = Number.NEGATIVE_INFINITY;

  const lookForIt = async () => {
    if (await probe()) {
      isAway = false;
      if (!closed) onChange?.(false);
    } else if (!closed) {
      retry = setTimeout(lookForIt, RETRY_MS).unref();
    }
  };

  const open = () => {
    if (isAway || closed) return;
    isAway = true;
    onChange?.(true);
    for (const waiter of waiters) drop(waiter);
    retry = setTimeout(lookForIt, RETRY_MS).unref();
  };

  const suspect = async (isStill: () => boolean) => {
    if (probing || isAway) return;
    probing = true;
    const answers = await probe();
    probing = false;
    if (answers) answeredAtMs = performance.now();
    else if (isStill()) open();
  };

  const drop = (waiter: Waiter) => {
    waiters.delete(waiter);
    waiter.tell(new DatabaseAway());
  };

  const tick = () => {
    const now = performance.now();
    for (const waiter of waiters) {
      if (!waiter.stillWaits()) waiters.delete(waiter);
      else if (now > waiter.giveUpAtMs) drop(waiter);
    }
    const [oldest] = waiters;
    if (oldest === undefined) {
      clearInterval(watch);
      watch = undefined;
      return;
    }
    if (now - Math.max(oldest.sinceMs, answeredAtMs) >= SUSPECT_MS) void suspect(() => waiters.has(oldest));
  };

  const wait = (tell: Waiter["tell"], giveUpMs: number, stillWaits = () => true) => {
    const sinceMs = performance.now();
    const waiter = { sinceMs, giveUpAtMs: sinceMs + giveUpMs, tell, stillWaits };
    waiters.add(waiter);
    if (!patient && !closed) watch ??= setInterval(tick, TICK_MS).unref();
    return () => void waiters.delete(waiter);
  };

  if (startsAway) open();
  return {
    run: (work) =>
      new Promise((resolve, reject) => {
        if (isAway) return reject(new DatabaseAway());
        const done = wait(reject, GIVE_UP_MS);
        work()
          .then(resolve, (error: unknown) => {
            if (error instanceof DatabaseAway) void suspect(() => true);
            reject(error as Error);
          })
          .finally(done);
      }),
    whenAway(tell, stillWaits) {
      if (!isAway) return wait(tell, Number.POSITIVE_INFINITY, stillWaits);
      tell(new DatabaseAway());
      return () => undefined;
    },
    get isAway() {
      return isAway;
    },
    close() {
      closed = true;
      clearInterval(watch);
      clearTimeout(retry);
    },
  };
}
