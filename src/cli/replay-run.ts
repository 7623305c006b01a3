import { type ChildProcess, fork } from "node:child_process";
import { join } from "node:path";
import { LeadgateError } from "../base/errors.ts";
import { dumpState, type StateDump } from "../flow/replay-digest.ts";
import { batchesOf, type RunPlan } from "../flow/replay-plan.ts";
import { openDatabase } from "../store/client.ts";
import { type Fault, plantFault } from "../store/plant-fault.ts";
import { openReadOnly } from "../store/read-only.ts";
import { createScratch, type Scratch } from "../store/scratch.ts";
import type { WorkOrder, WorkReport } from "./replay-worker.ts";

export interface RunOptions {
  /** Of the configured database; undefined: embedded. */
  readonly url: string | undefined;
  /** For everything temporary. */
  readonly folder: string;
  readonly records: string;
  readonly recordCount: number;
  readonly fault: Fault | undefined;
  readonly signal: AbortSignal;
  /** Told of each batch that is in. */
  readonly onBatch: () => void;
}

export interface RunResult extends StateDump {
  readonly name: string;
  /** Why submissions were refused, each reason once. */
  readonly refused: readonly string[];
  /** Processes that were killed in the middle of it. */
  readonly crashes: number;
}

/** Runs one plan on a database of its own, killing every process once in its middle, and writes down what came of it. */
export async function runPlan(plan: RunPlan, options: RunOptions): Promise<RunResult> {
  const scratch = await createScratch(options.url, options.folder);
  try {
    if (options.fault !== undefined) await plantInto(scratch, options.fault);
    const refused = new Set<string>();
    const crashes = await Promise.all(
      teams(plan, options).map((lanes) => new Team(plan, scratch, lanes, options, refused).run()),
    );
    if (options.signal.aborted) throw stopped();
    const session = await openReadOnly(scratch);
    const dump = await dumpState(session, join(options.folder, `${plan.name}.ndjson`)).finally(() => session.close());
    return { ...dump, name: plan.name, refused: [...refused], crashes: crashes.filter(Boolean).length };
  } finally {
    await scratch.drop();
  }
}

async function plantInto(scratch: Scratch, fault: Fault): Promise<void> {
  const database = await openDatabase({ ...scratch, poolSize: 1 });
  try {
    await plantFault(database, fault);
  } finally {
    await database.close();
  }
}

/** PostgreSQL gets a process for each lane; the embedded database is one process, in which the lanes take turns. */
function teams({ lanes }: RunPlan, { url }: RunOptions): number[][] {
  const all = Array.from({ length: lanes }, (_, lane) => lane);
  return url === undefined ? [all] : all.map((lane) => [lane]);
}

/** A process that dies once half of its batches are in, and the one that takes its place. */
class Team {
  readonly #done: Map<number, number>;
  readonly #half: number;
  #child: ChildProcess | undefined;

  constructor(
    private readonly plan: RunPlan,
    private readonly scratch: Scratch,
    private readonly lanes: readonly number[],
    private readonly options: RunOptions,
    private readonly refused: Set<string>,
  ) {
    const batches = lanes.map((lane) => batchesOf(plan, options.recordCount, lane).length);
    this.#done = new Map(lanes.map((lane) => [lane, 0]));
    this.#half = Math.floor(batches.reduce((sum, one) => sum + one, 0) / 2);
  }

  /** @returns whether it was killed before it was done. */
  async run(): Promise<boolean> {
    const stop = () => this.#child?.kill("SIGKILL");
    this.options.signal.addEventListener("abort", stop);
    try {
      const first = await this.#process({ dieAfter: this.#half });
      if (first === "killed" && !this.options.signal.aborted) await this.#process({});
      return first === "killed";
    } finally {
      this.options.signal.removeEventListener("abort", stop);
    }
  }

  /** One process, from the last batch that its sender knows to be in: that one is sent again too. */
  async #process(life: Pick<WorkOrder, "dieAfter">): Promise<"ended" | "killed"> {
    const child = fork(process.argv[1]!, ["replay-worker"], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child = child;
    let told = "";
    child.stderr!.setEncoding("utf8").on("data", (text: string) => {
      told = (told + text).slice(-2_000);
    });
    child.on("message", (report) => this.#take(report as WorkReport));
    child.send({
      ...life,
      plan: this.plan,
      records: this.options.records,
      place: { url: this.scratch.url, dataDirectory: this.scratch.dataDirectory },
      lanes: this.lanes.map((lane) => ({ lane, from: Math.max(0, this.#done.get(lane)! - 1) })),
      fault: this.options.fault,
    } satisfies WorkOrder);
    const [code, signal] = await new Promise<[number | null, string | null]>((resolve, reject) => {
      child.once("error", reject).once("close", (...end) => resolve(end));
    });
    if (signal === "SIGKILL") return "killed";
    if (code === 0 || this.options.signal.aborted) return "ended";
    throw new LeadgateError("internal", `A process of the run "${this.plan.name}" failed: ${told.trim()}`);
  }

  #take({ lane, done, refused }: WorkReport): void {
    if (done > this.#done.get(lane)!) {
      this.#done.set(lane, done);
      this.options.onBatch();
    }
    for (const reason of refused) if (this.refused.size < 100) this.refused.add(reason);
  }
}

function stopped(): LeadgateError {
  return new LeadgateError(
    "unavailable",
    "Stopped; the scratch databases are gone. Run the same command again to begin anew.",
  );
}
