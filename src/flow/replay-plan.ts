/** How one run sends what was recorded. */
export interface RunPlan {
  readonly name: string;
  /** How often everything is sent, from the start. */
  readonly passes: number;
  /** Seed of the order; undefined: as it was received. */
  readonly seed: number | undefined;
  /** Senders at the same time; with more than one, each batch is sent by two of them. */
  readonly lanes: number;
}

/** The four ways in which everything must come to the same. */
export function runPlans(seed: number): RunPlan[] {
  return [
    { name: "once", passes: 1, seed: undefined, lanes: 1 },
    { name: "twice", passes: 2, seed: undefined, lanes: 1 },
    { name: "shuffled", passes: 1, seed, lanes: 1 },
    { name: "four at a time", passes: 1, seed: seed + 1, lanes: 4 },
  ];
}

/** Submissions in a batch: at most this, and fewer where there would be no middle to crash in. */
const BATCH = 500;

function batchSize(records: number): number {
  return Math.max(1, Math.min(BATCH, Math.ceil(records / 16)));
}

/** The batches of one sender, each the places of its records. */
export function batchesOf(plan: Omit<RunPlan, "name">, records: number, lane: number): Uint32Array[] {
  const once = Uint32Array.from({ length: records }, (_, index) => index);
  if (plan.seed !== undefined) shuffle(once, plan.seed);
  const order = new Uint32Array(records * plan.passes);
  for (let pass = 0; pass < plan.passes; pass++) order.set(once, pass * records);
  const size = batchSize(records);
  const all = Array.from({ length: Math.ceil(order.length / size) }, (_, index) =>
    order.subarray(index * size, (index + 1) * size),
  );
  if (plan.lanes === 1) return all;
  return all.filter((_, index) => index % plan.lanes === lane || (index + 1) % plan.lanes === lane);
}

/** Fisher and Yates, with the generator Mulberry32, so that a seed gives the same order again. */
function shuffle(order: Uint32Array, seed: number): void {
  let state = seed >>> 0;
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let index = order.length - 1; index > 0; index--) {
    const other = Math.floor(random() * (index + 1));
    [order[index], order[other]] = [order[other]!, order[index]!];
  }
}
