import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf, rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

interface Found {
  readonly email: string;
}
async function search(q: string, more = ""): Promise<string[]> {
  const emails: string[] = [];
  let cursor = "";
  do {
    const { body } = await instance.get(`/v1/leads?limit=200&q=${encodeURIComponent(q)}${more}${cursor}`).expect(200);
    emails.push(...body.data.map(({ email }: Found) => email));
    cursor = body.nextCursor === null ? "" : `&cursor=${body.nextCursor}`;
  } while (cursor !== "");
  return emails;
}

test("a part of an address, a name or a company finds the lead, in whatever case and script", async () => {
  const people = [
    { email: "ann.lee@shop.example", firstName: "Ann", lastName: "Lee", company: "Analytical Engines" },
    { email: "wang@shop.example", firstName: "伟", lastName: "王", company: "北京科技" },
    { email: "Ödön@shop.example", lastName: "Ödön", company: "100% Öl_Handel" },
    { email: "x1@shop.example", firstName: "Zoë" },
  ];
  for (const person of people) await instance.post("/v1/leads", person).expect(201);
  const finds = async (q: string) => (await search(q)).map((email) => email.split("@")[0]).sort();
  expect(await finds("nalyt")).toEqual(["ann.lee"]);
  expect(await finds("ANN LEE")).toEqual(["ann.lee"]);
  expect(await finds("lee@shop")).toEqual(["ann.lee"]);
  expect(await finds("王")).toEqual(["wang"]);
  expect(await finds("京科")).toEqual(["wang"]);
  expect(await finds("ödö")).toEqual(["ödön"]);
  expect(await finds("0%")).toEqual(["ödön"]);
  expect(await finds("l_h")).toEqual(["ödön"]);
  expect(await finds("%%%")).toEqual([]);
  expect(await finds("oë")).toEqual(["x1"]);
  expect(await finds("shop.example")).toHaveLength(4);
  expect(await finds("")).toHaveLength(4);
  // One or two letters: where a word begins.
  expect(await finds("le")).toEqual(["ann.lee"]);
  expect(await finds("e")).toEqual(["ann.lee", "wang", "x1", "ödön"]);
  expect(await finds("nn")).toEqual([]);
  expect(await finds("x1")).toEqual(["x1"]);
});

test("what is found follows what is changed", async () => {
  const { body } = await instance.post("/v1/leads", { email: "follow@shop.example", company: "Firstcorp" });
  expect(await search("firstcorp")).toEqual(["follow@shop.example"]);
  await instance.post("/v1/leads", { email: "follow@shop.example", company: "Secondcorp" }).expect(200);
  expect([await search("firstcorp"), await search("secondcorp")]).toEqual([[], ["follow@shop.example"]]);
  await instance
    .patch(`/v1/leads/${body.id}`, { company: null, email: "moved@shop.example" })
    .set("If-Match", "*")
    .expect(200);
  expect([await search("secondcorp"), await search("moved@")]).toEqual([[], ["moved@shop.example"]]);
  await instance.remove(`/v1/leads/${body.id}`).expect(204);
  expect(await search("moved@")).toEqual([]);
  expect(await countOf(instance.app.database, "lead_search", "text LIKE '%moved@%'")).toBe(0);
});

test("few or many, near or far, each is found once and in order", async () => {
  const total = 8_000;
  await rowsOf(
    instance.app.database,
    `INSERT INTO leads (id, email, email_as_given, source, status, stamps, company, created_at, updated_at, last_submission_at)
    SELECT gen_random_uuid(), 'n' || n || '@bulk.example', 'n' || n || '@bulk.example', 'bulk',
      CASE WHEN n % 2 = 0 THEN 'won' ELSE 'new' END, '{}',
      CASE WHEN n <= 6000 THEN 'Manyfold' ELSE 'Other' END || CASE WHEN n % 1000 = 0 THEN ' Rarebird' ELSE '' END,
      timestamptz '2026-01-01' + n * interval '1 s', timestamptz '2026-01-01' + n * interval '1 s', '2026-01-01'
    FROM generate_series(1, ${total}) n RETURNING 1`,
  );
  const numbers = (emails: string[]) => emails.map((email) => Number(/^n(\d+)@/.exec(email)?.[1]));
  const downTo = (from: number, step: number) => Array.from({ length: from / step }, (_, n) => from - n * step);
  // Over 5,000 that begin beyond the first 1,000: more than are sorted.
  expect(numbers(await search("manyfold"))).toEqual(downTo(6_000, 1));
  expect(numbers(await search("manyfold", "&status=won"))).toEqual(downTo(6_000, 2));
  expect(numbers(await search("rarebird"))).toEqual(downTo(8_000, 1_000));
  expect(numbers(await search("rarebird", "&sort=createdAt"))).toEqual(downTo(8_000, 1_000).reverse());
  expect(numbers(await search("ra", "&source=bulk"))).toEqual(downTo(8_000, 1_000));
  expect(numbers(await search("bulk.example")).length).toBe(total);
});
