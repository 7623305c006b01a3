import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { numbers } from "../support/parallel.ts";
import { countOf, dump, rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

const count = (table: string, condition?: string) => countOf(instance.app.database, table, condition);
const ofLead = (email: string) => `lead_id = (SELECT id FROM leads WHERE email = '${email}')`;

/** A thousand items: ten bad ones, ten twins, twenty of one person, the rest of one person each. */
function thousand(): Record<string, unknown>[] {
  return numbers(1_000).map((index) => {
    if (index % 100 === 7) return { email: "nobody", message: "bad" };
    if (index % 100 === 8) return { email: "twin@thousand.example.com", message: "the same" };
    if (index % 50 === 9) return { email: "busy@thousand.example.com", message: `message ${index}` };
    return { email: `p${index}@thousand.example.com` };
  });
}

test("a thousand items are each answered in their place, and bad ones, twins and one busy person spoil nothing", async () => {
  const items = thousand();
  const answer = await instance.post("/v1/leads", items);
  expect(answer.status).toBe(200);
  expect(answer.body.results).toHaveLength(1_000);
  for (const [index, result] of answer.body.results.entries()) {
    if (items[index]!.email === "nobody")
      expect(result.error).toMatchObject({ status: 422, errors: [{ path: "email" }] });
    else expect(result.email).toBe(items[index]!.email);
  }
  expect(await count("leads", "email LIKE '%@thousand.example.com'")).toBe(962);
  expect(await count("submissions", ofLead("busy@thousand.example.com"))).toBe(20);
  expect(await count("submissions", `${ofLead("twin@thousand.example.com")} AND replay_count = 9`)).toBe(1);
  expect(await count("sent_messages", ofLead("busy@thousand.example.com"))).toBe(1);
  const before = await dump(instance.app.database);
  const again = await instance.post("/v1/leads", items);
  // The busy person's twenty are no repetition: each comes after something else, as in "1, 2, 1".
  expect(again.body.results.filter(({ replayed }: { replayed?: true }) => replayed)).toHaveLength(970);
  expect((await dump(instance.app.database)).leads).toHaveLength(before.leads!.length);
});

test("a batch sent again under one key is answered the same, and changes nothing but the counters", async () => {
  const items = ["one", "two", "two"].map((message) => ({ email: "keyed@example.com", message }));
  const post = () => instance.post("/v1/leads", items).set("Idempotency-Key", "batch-1");
  const first = await post();
  const before = await dump(instance.app.database);
  const again = await post();
  expect(again.text.replaceAll(',"replayed":true', "")).toBe(first.text);
  expect(again.body.results.every(({ replayed }: { replayed?: true }) => replayed)).toBe(true);
  const after = await dump(instance.app.database);
  expect({ ...after, submissions: [] }).toEqual({ ...before, submissions: [] });
  expect(await count("submissions", `${ofLead("keyed@example.com")} AND replay_count = 1`)).toBe(3);
});

test("within a batch 1, 2, 1 is three submissions, 1, 1 is one, and the item says that it is a repetition", async () => {
  const items = ["1", "2", "1", "1"].map((message) => ({ email: "121@example.com", message }));
  const { body } = await instance.post("/webhooks/shop", items);
  expect(body.results.map(({ outcome, replayed }: Record<string, unknown>) => [outcome, replayed])).toEqual([
    ["created", undefined],
    ["updated", undefined],
    ["updated", undefined],
    ["updated", true],
  ]);
  expect(body.results[3].submissionId).toBe(body.results[2].submissionId);
  const times = await rowsOf<{ at: Date }>(
    instance.app.database,
    `SELECT received_at AS at FROM submissions WHERE ${ofLead("121@example.com")} ORDER BY received_at`,
  );
  expect(new Set(times.map(({ at }) => at.getTime())).size).toBe(3);
});

test("in one batch the same submissionId with other content is refused, its neighbours are taken", async () => {
  const items = ["A", "B", "A"].map((company) => ({ email: "item@example.com", company, submissionId: "same" }));
  const { body } = await instance.post("/v1/leads", [...items, { email: "neighbour@example.com" }]);
  expect(body.results[1].error.type).toMatch(/\/idempotency-key-reuse$/);
  expect(body.results[2]).toEqual({ ...body.results[0], replayed: true });
  expect(body.results[3].outcome).toBe("created");
  expect(await count("submissions", ofLead("item@example.com"))).toBe(1);
});

test("batches that share their people in opposite order go through at once, each person made once", async () => {
  const people = numbers(200).map((index) => ({
    email: `shared${index}@example.com`,
    submissionId: `shared-${index}`,
  }));
  const other = people.map(({ email }, index) => ({ email, submissionId: `other-${index}` }));
  const batches = [people, people.toReversed(), other.toReversed(), other, people];
  const answers = await Promise.all(batches.map((batch) => instance.post("/v1/leads", batch)));
  for (const { status, body } of answers) {
    expect(status).toBe(200);
    expect(body.results.filter(({ error }: { error?: unknown }) => error !== undefined)).toEqual([]);
  }
  expect(await count("leads", "email LIKE 'shared%'")).toBe(200);
  expect(await count("leads", "email LIKE 'shared%' AND submission_count <> 2")).toBe(0);
  expect(await count("sent_messages", "lead_id IN (SELECT id FROM leads WHERE email LIKE 'shared%')")).toBe(200);
  const created = answers
    .flatMap(({ body }) => body.results)
    .filter(({ outcome, replayed }) => outcome === "created" && !replayed);
  expect(created).toHaveLength(200);
});

test("ids crossed between two people at once neither hang nor lose anything", async () => {
  const item = (person: string, id: string) => ({ email: `${person}@cross.example.com`, submissionId: id });
  const answers = await Promise.all([
    instance.post("/v1/leads", [item("a", "x"), item("b", "y")]),
    instance.post("/v1/leads", [item("b", "x"), item("a", "y")]),
  ]);
  const results = answers.flatMap(({ body }) => body.results);
  expect(results.filter(({ error }) => error === undefined)).toHaveLength(2);
  expect(results.filter(({ error }) => error?.status === 422)).toHaveLength(2);
  expect(await count("submissions", "identity IN ('item:x', 'item:y')")).toBe(2);
});

test("an empty array has no results, over a thousand items are refused whole", async () => {
  expect((await instance.post("/v1/leads", [])).body).toEqual({ results: [] });
  const before = await dump(instance.app.database);
  const items = numbers(1_001).map((index) => ({ email: `over${index}@example.com` }));
  expect((await instance.post("/v1/leads", items)).status).toBe(413);
  expect(await dump(instance.app.database)).toEqual(before);
});
