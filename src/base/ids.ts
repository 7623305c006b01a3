import { randomFillSync } from "node:crypto";

/**
 * A UUID version 7 (RFC 9562 section 5.7): 48 bits of Unix milliseconds, then 74 random bits.
 * Ids made later sort later, to the millisecond, which keeps index pages warm.
 *
 * @param at the moment to stamp it with, Unix milliseconds, 0 to 2^48 - 1.
 */
export function uuidV7(at: number = Date.now()): string {
  const bytes = randomBytes16();
  bytes.writeUIntBE(at, 0, 6);
  bytes[6] = (bytes[6]! & 0x0f) | 0x70;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString("hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Random bytes are drawn for many ids at once: a call for each costs more than all the rest of an id. */
const POOL = Buffer.allocUnsafe(16 * 256);
let used = POOL.length;

function randomBytes16(): Buffer {
  if (used === POOL.length) {
    randomFillSync(POOL);
    used = 0;
  }
  used += 16;
  return POOL.subarray(used - 16, used);
}
