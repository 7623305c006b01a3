import type { Log } from "../base/log.ts";

/** One kind of work done in the background. */
export interface Job {
  readonly name: string;
  /** Does some of it, and tells whether there is more to do at once. */
  run(): Promise<{ readonly more: boolean }>;
  /** How long to rest when there is nothing to do, in milliseconds. */
  readonly restMs: number;
}

export interface Worker {
  /** Ends the rest of every job: there is something to do. Safe to call at any time. */
  wake(): void;
  /** Lets the work under way end, and starts no more. */
  stop(): Promise<void>;
}

/** How long a job rests after a failure, so that a database that is away is not asked in a tight loop. */
const REST_AFTER_FAILURE_MS = 2_000;

/** Runs each job in a loop of its own until stopped. A job that fails rests and is run again; it stops no other. */
export function startWorker(jobs: readonly Job[], log: Log): Worker {
  const stopping = new AbortController();
  const bell = createBell();
  const loops = jobs.map((job) => loop(job, bell, stopping.signal, log));
  return {
    wake: bell.ring,
    async stop() {
      stopping.abort();
      bell.ring();
      await Promise.all(loops);
    },
  };
}

async function loop(job: Job, bell: Bell, stopping: AbortSignal, log: Log): Promise<void> {
  while (!stopping.aborted) {
    const rung = bell.next();
    let restMs = job.restMs;
    try {
      const { more } = await job.run();
      if (more) continue;
    } catch (error) {
      log.error({ err: error, job: job.name }, "a job failed; it is tried again");
      restMs = REST_AFTER_FAILURE_MS;
    }
    if (!stopping.aborted) await rest(restMs, rung);
  }
}

/** Something to do that comes while a job is at work is not missed: the bell is taken up before the work begins. */
interface Bell {
  ring(): void;
  next(): Promise<void>;
}

function createBell(): Bell {
  let ring = () => {};
  let next = new Promise<void>((resolve) => {
    ring = resolve;
  });
  return {
    ring() {
      ring();
      next = new Promise<void>((resolve) => {
        ring = resolve;
      });
    },
    next: () => next,
  };
}

async function rest(ms: number, rung: Promise<void>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  await Promise.race([over, rung]);
  clearTimeout(timer);
}
