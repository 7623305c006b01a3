import { cpuSeconds, databaseCpuSeconds, median, peakMegabytes } from "./machine.mjs";

/**
 * Measures several contenders in turn, round after round, and keeps each one's median.
 *
 * @param contenders by name: each starts itself and answers `{ run, stop }`, where `run` measures once and answers an
 *   object whose `perSecond` decides which round is the median.
 */
export async function inTurn(contenders, rounds) {
  const measured = new Map(Object.keys(contenders).map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, start] of Object.entries(contenders)) {
      const { run, stop } = await start();
      try {
        measured.get(name).push(await run(round));
      } finally {
        await stop();
      }
    }
  }
  return Object.fromEntries([...measured].map(([name, runs]) => [name, middleOf(runs)]));
}

/** The run with the median throughput; of objects of runs, the median of each. */
export function middleOf(runs) {
  if (runs[0].perSecond === undefined) {
    return Object.fromEntries(Object.keys(runs[0]).map((key) => [key, middleOf(runs.map((run) => run[key]))]));
  }
  const middle = median(runs.map(({ perSecond }) => perSecond));
  const run = runs.find(({ perSecond }) => perSecond === middle);
  return { ...run, all: runs.map(({ perSecond }) => perSecond) };
}

/** Adds what it cost: microseconds of processor for each answer, in the server and in PostgreSQL. */
export async function withCosts(pid, work) {
  const before = { server: cpuSeconds(pid), database: databaseCpuSeconds() };
  const result = await work();
  const each = (seconds) => Math.round((seconds / result.answers) * 1e6);
  return {
    ...result,
    processorUs: {
      server: each(cpuSeconds(pid) - before.server),
      database: each(databaseCpuSeconds() - before.database),
    },
    peakMegabytes: peakMegabytes(pid),
  };
}

/** Prints rows of objects as a table. */
export function table(rows) {
  const names = Object.keys(rows[0]);
  const cells = [names, ...rows.map((row) => names.map((name) => String(row[name] ?? "")))];
  const widths = names.map((_, column) => Math.max(...cells.map((line) => line[column].length)));
  for (const line of cells)
    console.log(
      line
        .map((cell, column) => cell.padEnd(widths[column]))
        .join("  ")
        .trimEnd(),
    );
}
