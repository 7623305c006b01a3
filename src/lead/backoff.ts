const FIRST_MS = 5_000;
const LONGEST_MS = 3_600_000;
const SHORTEST_MS = 1_000;
/** A longer wait that is asked for is not honoured to the end: it is more likely a mistake than a plan. */
const LONGEST_ASKED_MS = 86_400_000;

/**
 * How long to wait before the next attempt: exponential with full jitter
 * (https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/).
 *
 * Without `retryAfterSeconds` it lies between 1 s and the lesser of 1 h and 5 s · 2^(attempt − 1).
 * With it, it lies between what was asked for (at most 24 h) and that plus the same jitter, so that rows refused
 * together do not come back together.
 *
 * @param attempt how many attempts have failed; 1 after the first.
 * @param random gives a number from 0 up to, but not, 1.
 * @param retryAfterSeconds what the other side asked for, if it did (RFC 9110 section 10.2.3).
 * @returns whole milliseconds.
 */
export function retryDelayMs(attempt: number, random: () => number, retryAfterSeconds?: number): number {
  const doublings = Math.min(Math.max(Math.trunc(attempt) - 1 || 0, 0), 30);
  const jitterMs = Math.floor(random() * Math.min(LONGEST_MS, FIRST_MS * 2 ** doublings));
  const askedMs = Math.ceil((retryAfterSeconds ?? 0) * 1_000);
  if (!(askedMs > 0)) return Math.max(SHORTEST_MS, jitterMs);
  return Math.min(askedMs, LONGEST_ASKED_MS) + jitterMs;
}
