import type { Clock } from "../base/clock.ts";
import { uuidV7 } from "../base/ids.ts";
import { DatabaseAway } from "../store/database-away.ts";
import type { Spool } from "../store/spool/spool.ts";
import type { Accept } from "./accept.ts";
import type { AsideRequest, SetAside } from "./set-aside.ts";
import { type SpooledSubmission, toRecord } from "./spooled.ts";
import { type AcceptResult, type Receipt, receiptOf, type Submission } from "./submission.ts";

/** The intake as callers meet it: accepted where the database answers, else durable in the spool before it is answered. */
export interface TakeIn {
  one(submission: Submission): Promise<AcceptResult | Receipt>;
  /** A batch of up to 1,000; each item has its own answer. Where one can't be kept at all, the whole is to come again. */
  many(batch: readonly Submission[]): Promise<(AcceptResult | Receipt)[]>;
  /** Keeps a request apart. @returns its id, whether it waits in the spool, and whether it was there already. */
  aside(request: AsideRequest): Promise<KeptApart>;
}

interface KeptApart {
  readonly id: string;
  readonly spooled: boolean;
  readonly repeated: boolean;
}

export interface TakeInDeps {
  readonly accept: Accept;
  readonly acceptOne: (submission: Submission) => Promise<AcceptResult>;
  readonly setAside: SetAside;
  readonly spool: Spool;
  readonly clock: Clock;
}

/** Addresses whose last time of arrival is remembered at most. */
const MAX_REMEMBERED = 10_000;

/**
 * Makes the intake. Each submission has its id before it is first tried: where the database went away in the middle of
 * a commit, what it may have saved and what waits in the spool are then one and the same.
 */
export function createTakeIn({ accept, acceptOne, setAside, spool, clock }: TakeInDeps): TakeIn {
  const lastArrivals = new Map<string, number>();
  const identified = (submission: Submission) => ({ ...submission, id: uuidV7(clock.now().getTime()) });

  /** Strictly later than the last of the same person, so that submissions without a time of their own keep their order. */
  const arrived = (submission: Submission & { readonly id: string }): SpooledSubmission => {
    const { email } = submission.said;
    const at = Math.max(clock.now().getTime(), (lastArrivals.get(email) ?? 0) + 1);
    if (lastArrivals.size >= MAX_REMEMBERED) lastArrivals.clear();
    lastArrivals.set(email, at);
    return { ...submission, arrivedAt: new Date(at) };
  };

  const keep = async (submission: Submission & { readonly id: string }): Promise<Receipt> => {
    await spool.append(toRecord({ kind: "submission", submission: arrived(submission) }));
    return receiptOf(submission.id);
  };

  return {
    async one(submission) {
      const known = identified(submission);
      return unlessAway<AcceptResult | Receipt>(
        () => acceptOne(known),
        () => keep(known),
      );
    },
    async many(batch) {
      const known = batch.map(identified);
      return unlessAway<(AcceptResult | Receipt)[]>(
        () => accept(known),
        () => Promise.all(known.map(keep)),
      );
    },
    async aside(request) {
      const arrivedAt = clock.now();
      const id = uuidV7(arrivedAt.getTime());
      return unlessAway<KeptApart>(
        async () => {
          const kept = await setAside(request, { id, receivedAt: arrivedAt });
          return { id: kept, spooled: false, repeated: kept !== id };
        },
        async () => {
          await spool.append(toRecord({ kind: "aside", id, arrivedAt, request }));
          return { id, spooled: true, repeated: false };
        },
      );
    },
  };
}

async function unlessAway<Result>(work: () => Promise<Result>, instead: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseAway)) throw error;
    return instead();
  }
}
