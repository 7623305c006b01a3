interface Waiting<Item, Result> {
  readonly item: Item;
  readonly settle: (result: Result | Promise<Result>) => void;
}

/**
 * Does for many at once what is asked for one by one: what is asked while a batch is under way forms the next one. There
 * is no timer, so what comes alone does not wait.
 *
 * @param work answers each item of its batch, in order; when it throws, all of them get the error.
 * @param most items of a batch at most.
 */
export function createGather<Item, Result>(
  work: (items: readonly Item[]) => Promise<readonly Result[]>,
  most: number,
): (item: Item) => Promise<Result> {
  const waiting: Waiting<Item, Result>[] = [];
  let running = false;

  const run = async () => {
    running = true;
    while (waiting.length > 0) {
      const batch = waiting.splice(0, most);
      try {
        const results = await work(batch.map(({ item }) => item));
        for (const [index, { settle }] of batch.entries()) settle(results[index]!);
      } catch (error) {
        for (const { settle } of batch) settle(Promise.reject(error));
      }
    }
    running = false;
  };

  return (item) =>
    new Promise((settle) => {
      waiting.push({ item, settle });
      if (!running) void run();
    });
}
