// How the time of some work grows with the length of its text.

/** Shortest of some runs, in ms: everything that disturbs a run makes it longer. */
export function shortest(work, text, times) {
  let best = Number.POSITIVE_INFINITY;
  for (let run = 0; run < times; run++) {
    const begun = performance.now();
    work(text);
    best = Math.min(best, performance.now() - begun);
    if (best > 100) break;
  }
  return best;
}

/** Below this nothing is said about growth: what takes no time is no danger, and is mostly noise. */
const FLOOR_MS = 10;
/** Ten times the text may take this often the time; 100 would be its square, 12 is what sorting takes. */
const MOST = 32;

/**
 * Whether ten times the text takes far more than ten times the time. Asked again, more and more patiently, before it
 * is believed.
 *
 * @param textOf the text of a length.
 */
export function isSteep(work, textOf, longest, firstLong) {
  let long = firstLong;
  for (const times of [3, 10, 30]) {
    const short = shortest(work, textOf(longest / 10), times * 3);
    if (long < FLOOR_MS || long < short * MOST) return false;
    long = Math.min(long, shortest(work, textOf(longest), times));
  }
  return long >= FLOOR_MS;
}
