import { randomFrom } from "./random.mjs";

/** Violations told of one experiment at most; the rest is counted. */
const MOST_TOLD = 20;

/**
 * Counts what the runs of one experiment found. A run is made of its seed alone, so that `--seed <seed> --runs 1` makes it
 * again: the same faults at the same moments, as far as the machine is as fast.
 */
export function createTally(name, { seed, runs, unit = "ms" }) {
  const all = Array.from({ length: runs }, (_, index) => ({ seed: seed + index, random: randomFrom(seed + index) }));
  const sums = { acknowledged: 0, unknown: 0, lost: 0, unexpected: 0, duplicated: 0, changed: 0, recovered: 0 };
  const notes = [];
  const made = new Set();
  const violations = [];
  let slowest = 0;
  const broken = (run, what) => {
    violations.push(what);
    if (violations.length > MOST_TOLD) return;
    console.log(`BROKEN ${name}: ${what}; again with --only ${name} --seed ${run.seed} --runs 1`);
  };
  return {
    /** The runs that are a store's or a way's own, told by their seeds, so that one made again is of the same. */
    share: (which, of) => all.filter((run) => [which].flat().includes(run.seed % of)),
    broken,
    /** @param requests acknowledged, where that is not the number of people. */
    count(run, checked, requests = checked.acknowledged.length, label = "") {
      made.add(run.seed);
      for (const kind of Object.keys(sums)) sums[kind] += checked[kind].length;
      sums.acknowledged += requests - checked.acknowledged.length;
      if (checked.valid === true) return;
      const faults = ["lost", "unexpected", "duplicated", "changed"].filter((kind) => checked[kind].length > 0);
      const told = faults.map((kind) => `${checked[kind].length} ${kind}`).join(", ");
      broken(run, `${told || "nothing was acknowledged"}${label && ` (${label})`}`);
    },
    slowest(value) {
      slowest = Math.max(slowest, Math.round(value));
    },
    note: (text) => notes.push(text),
    result: () => ({
      ...{ seed, runs: made.size, ...sums, slowest: `${slowest} ${unit}`, violations: violations.length },
      ...(violations.length > 0 ? { first: violations[0] } : {}),
      notes: notes.join("; "),
    }),
  };
}
