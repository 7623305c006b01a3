import { closeSync, openSync, readSync, statSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { Command } from "commander";
import { readEnvironment, readSettings } from "../base/config.ts";
import { readConfiguration } from "../flow/read-configuration.ts";
import { createReplay, type Recorded, type ReplayBatch } from "../flow/replay-intake.ts";
import { batchesOf, type RunPlan } from "../flow/replay-plan.ts";
import { openDatabase } from "../store/client.ts";
import { type Fault, withFault } from "../store/plant-fault.ts";

/** What a process of a replay is to do, as it is told by the one that started it. */
export interface WorkOrder {
  readonly plan: Omit<RunPlan, "name">;
  readonly records: string;
  readonly place: { readonly url?: string | undefined; readonly dataDirectory: string };
  /** The lanes this process is, each with the batch to begin with. */
  readonly lanes: readonly { readonly lane: number; readonly from: number }[];
  readonly fault: Fault | undefined;
  /** It is to die in the middle of the batch after so many; absent: it is to live. */
  readonly dieAfter?: number;
}

/** A batch is in. */
export interface WorkReport {
  readonly lane: number;
  readonly done: number;
  readonly refused: readonly string[];
}

/** A process of a replay, started and killed by it. Not for people. */
export function replayWorkerCommand(): Command {
  return new Command("replay-worker").description("a process of a replay; started by it").action(async () => {
    const order = await new Promise<WorkOrder>((resolve) =>
      process.once("message", (told) => resolve(told as WorkOrder)),
    );
    // Without its parent it would go on for nobody.
    process.once("disconnect", () => process.exit(2));
    try {
      await work(order);
    } finally {
      // An open channel would keep a process that failed alive for ever.
      process.removeAllListeners("disconnect");
      process.disconnect();
    }
  });
}

async function work({ plan, records, place, lanes, fault, dieAfter }: WorkOrder): Promise<void> {
  // Templates were checked by the process that started this one.
  const configuration = readConfiguration(readSettings(), readEnvironment(), () => true);
  const database = await openDatabase({ ...place, poolSize: 2 });
  const replay = createReplay(fault === undefined ? database : withFault(database, fault), configuration);
  const mortal = dieAfter === undefined ? replay : dying(replay, dieAfter);
  const file = new RecordFile(records);
  try {
    await Promise.all(
      lanes.map(({ lane, from }) => runLane(mortal, file, batchesOf(plan, file.length, lane), lane, from)),
    );
  } finally {
    file.close();
    await database.close();
  }
}

/** A process that gets through so many batches and is killed, as by the operating system, in the middle of the next. */
function dying(replay: ReplayBatch, batches: number): ReplayBatch {
  let begun = 0;
  let lastMs = 10;
  return async (records) => {
    begun += 1;
    const since = Date.now();
    const underWay = replay(records);
    if (begun > batches) {
      await Promise.race([underWay, sleep(lastMs / 2)]);
      process.kill(process.pid, "SIGKILL");
      await sleep(60_000);
    }
    const refused = await underWay;
    lastMs = Date.now() - since;
    return refused;
  };
}

async function runLane(
  replay: ReplayBatch,
  file: RecordFile,
  batches: readonly Uint32Array[],
  lane: number,
  from: number,
): Promise<void> {
  for (const [index, batch] of batches.entries()) {
    if (index < from) continue;
    const refused = await replay([...batch].map((place) => file.at(place)));
    const report: WorkReport = { lane, done: index + 1, refused: refused.slice(0, 10) };
    process.send!(report);
  }
}

/** Records by their place, read from the file when they are wanted: only where each begins is held in memory. */
class RecordFile {
  readonly #descriptor: number;
  readonly #starts: number[] = [0];

  constructor(path: string) {
    this.#descriptor = openSync(path, "r");
    const chunk = Buffer.alloc(1 << 20);
    let offset = 0;
    for (let read = this.#read(chunk, 0); read > 0; read = this.#read(chunk, offset)) {
      for (let at = chunk.indexOf(10); at !== -1 && at < read; at = chunk.indexOf(10, at + 1))
        this.#starts.push(offset + at + 1);
      offset += read;
    }
    if (this.#starts.at(-1) !== statSync(path).size)
      throw new TypeError("the file of records ends in the middle of a line");
  }

  get length(): number {
    return this.#starts.length - 1;
  }

  at(place: number): Recorded {
    const [start = 0, end = 0] = [this.#starts[place], this.#starts[place + 1]];
    const line = Buffer.alloc(end - start);
    this.#read(line, start);
    return JSON.parse(line.toString("utf8")) as Recorded;
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #read(into: Buffer, position: number): number {
    return readSync(this.#descriptor, into, 0, into.length, position);
  }
}
