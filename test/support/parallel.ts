/** Runs work for every item at once; when a fault of one is to be seen, it throws. */
export function atOnce<Item, Result>(
  items: readonly Item[],
  work: (item: Item, index: number) => PromiseLike<Result>,
): Promise<Result[]> {
  return Promise.all(items.map(work));
}

/** `times` numbers from 0. */
export function numbers(times: number): number[] {
  return Array.from({ length: times }, (_, index) => index);
}

/** A shuffle that is the same for the same seed (mulberry32), so that a red test stays red. */
export function shuffled<Item>(items: readonly Item[], seed: number): Item[] {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
  const drawn = items.map((item): [number, Item] => [random(), item]);
  return drawn.sort(([a], [b]) => a - b).map(([, item]) => item);
}
