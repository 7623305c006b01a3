import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

interface Item {
  readonly id: string;
  readonly type?: string;
}

/** Goes through a list page by page, with something happening between the pages. */
async function walk(
  path: string,
  between: (page: number) => Promise<unknown> = async () => undefined,
): Promise<Item[]> {
  const items: Item[] = [];
  let cursor = "";
  for (let page = 1; ; page++) {
    const { body } = await instance.get(`${path}${cursor}`).expect(200);
    items.push(...body.data);
    if (body.nextCursor === null) return items;
    await between(page);
    cursor = `&cursor=${body.nextCursor}`;
  }
}

const many = (prefix: string, count: number) =>
  Array.from({ length: count }, (_, at) => ({ email: `${prefix}${at}@example.com`, source: prefix }));

test.each(["createdAt", "-createdAt"])(
  "pages by %s show everyone once, though leads of one moment come and change in between",
  async (sort) => {
    const source = `list${sort.length}`;
    const { body } = await instance.post("/v1/leads", many(source, 25)).expect(200);
    const there: string[] = body.results.map(({ id }: Item) => id);
    const seen = await walk(`/v1/leads?source=${source}&sort=${sort}&limit=4`, async (page) => {
      await instance.post("/v1/leads", { email: `${source}${page * 3}@example.com`, company: `${page}` }).expect(200);
      await instance.post("/v1/leads", { email: `late${page}-${source}@example.com`, source }).expect(201);
    });
    const ids = seen.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(there.filter((id) => !ids.includes(id))).toEqual([]);
  },
);

test("pages by updatedAt lose nobody, though leads change in between", async () => {
  const { body } = await instance.post("/v1/leads", many("moving", 25)).expect(200);
  const seen = await walk("/v1/leads?source=moving&sort=updatedAt&limit=6", async (page) => {
    if (page > 3) return;
    instance.clock.advance(1_000);
    await instance.post("/v1/leads", { email: `moving${20 + page}@example.com`, company: `${page}` }).expect(200);
  });
  expect(body.results.filter(({ id }: Item) => !seen.some((lead) => lead.id === id))).toEqual([]);
});

test("two hundred are a page when asked for, fifty when not", async () => {
  await instance.post("/v1/leads", many("full", 201)).expect(200);
  expect((await instance.get("/v1/leads?source=full&limit=200").expect(200)).body.data).toHaveLength(200);
  expect((await instance.get("/v1/leads?source=full").expect(200)).body.data).toHaveLength(50);
});

test("a timeline tells each thing that happened once, newest first, of the types asked for", async () => {
  const send = (company: string) => instance.post("/v1/leads", { email: "time@example.com", company });
  const { id } = (await send("0")).body;
  for (let time = 1; time <= 5; time++) {
    instance.clock.advance(1_000);
    await send(`${time}`).expect(200);
  }
  await send("5").expect("Idempotent-Replayed", "true");
  const all = await walk(`/v1/leads/${id}/timeline?limit=3`);
  expect(new Set(all.map((item) => item.id)).size).toBe(all.length);
  const count = (type: string) => all.filter((item) => item.type === type).length;
  expect([count("submission"), count("decision"), count("message"), count("change")]).toEqual([6, 6, 1, 5]);
  const times = all.map((item) => (item as unknown as { at: string }).at);
  expect(times).toEqual([...times].sort().reverse());
  const some = await walk(`/v1/leads/${id}/timeline?type=message,change&limit=2`);
  expect(some.map(({ id: one }) => one)).toEqual(
    all.filter(({ type }) => type === "message" || type === "change").map(({ id: one }) => one),
  );
  expect(all.find(({ type }) => type === "submission")).toMatchObject({
    outcome: "updated",
    replayCount: 1,
    source: "api",
  });
  expect(all.find(({ type }) => type === "change")).toMatchObject({ changes: { company: { from: "4", to: "5" } } });
});
