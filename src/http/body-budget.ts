import type { IncomingMessage } from "node:http";

/** Nobody waits before so much of a body is there: forms and webhooks are smaller. */
const SMALL_BYTES = 32 * 2 ** 10;

/**
 * Bounds what large bodies that are still coming in hold in memory, over all requests: so many are read at once, and the
 * others wait, their bytes staying with their senders, until one of those has ended, or has taken too long and is cut.
 * To cut some at once would have slow senders on purpose come back, and send what they had sent once more.
 *
 * @param mostLarge large bodies that are read at once at most.
 * @returns what to call with a request before its body is read.
 */
export function createBodyBudget(mostLarge: number): (request: IncomingMessage) => void {
  const waiting = new Set<IncomingMessage>();
  let large = 0;

  return (request) => {
    let bytes = 0;
    let isLarge = false;
    request.on("data", (piece: Buffer) => {
      bytes += piece.length;
      if (isLarge || bytes <= SMALL_BYTES) return;
      isLarge = true;
      if (large < mostLarge) {
        large++;
        return;
      }
      waiting.add(request);
      request.pause();
    });
    const release = () => {
      const wasRead = isLarge && !waiting.delete(request);
      isLarge = false;
      if (!wasRead) return;
      const [next] = waiting;
      if (next === undefined) {
        large--;
        return;
      }
      waiting.delete(next);
      next.resume();
    };
    for (const ending of ["end", "close"]) request.once(ending, release);
  };
}
