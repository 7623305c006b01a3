/** Where time comes from, so that tests can hold it still and simulations can bend it. */
export interface Clock {
  /** Now, with millisecond resolution. */
  now(): Date;
}

export const systemClock: Clock = { now: () => new Date() };
