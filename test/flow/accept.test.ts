import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { atOnce, numbers } from "../support/parallel.ts";
import { countOf, rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

const ofLead = (email: string) => `lead_id = (SELECT id FROM leads WHERE email = '${email}')`;
const count = (table: string, condition: string) => countOf(instance.app.database, table, condition);

test.each(["alone", "as arrays"])(
  "the same content fifty times at once is one lead, welcomed once (sent %s)",
  async (how) => {
    const email = `twin-${how.length}@example.com`;
    const item = { email, firstName: "Twin" };
    const answers = await atOnce(numbers(50), () => instance.post("/v1/leads", how === "alone" ? item : [item]));
    const bodies = answers.map(({ text }) => text.replace(',"replayed":true', ""));
    expect(new Set(bodies).size).toBe(1);
    const first = answers.filter(({ headers, text }) => !(headers["idempotent-replayed"] ?? text.includes("replayed")));
    expect(first).toHaveLength(1);
    expect(answers.map(({ status }) => status)).toEqual(Array(50).fill(how === "alone" ? 201 : 200));
    expect(await count("leads", `email = '${email}'`)).toBe(1);
    expect(await count("submissions", `${ofLead(email)} AND replay_count = 49`)).toBe(1);
    expect(await count("sent_messages", ofLead(email))).toBe(1);
  },
);

test("the same key fifty times at once is one submission", async () => {
  const post = () => instance.post("/v1/leads", { email: "key-twin@example.com" }).set("Idempotency-Key", "twin");
  const answers = await atOnce(numbers(50), post);
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(await count("submissions", ofLead("key-twin@example.com"))).toBe(1);
});

test.each(["alone", "as arrays"])(
  "fifty different posts of one person at once are all kept, on one lead with one mail (sent %s)",
  async (how) => {
    const email = `busy-${how.length}@example.com`;
    const post = (number: number) => {
      const item = { email, message: `message ${number}`, attributes: { [`n${number}`]: number } };
      return instance.post("/v1/leads", how === "alone" ? item : [item]);
    };
    const answers = await atOnce(numbers(50), post);
    expect(answers.filter(({ text }) => text.includes('"outcome":"created"'))).toHaveLength(1);
    expect(answers.filter(({ text }) => text.includes('"status":"queued"'))).toHaveLength(1);
    const [lead] = await rowsOf<{ submission_count: number; attributes: object; version: number }>(
      instance.app.database,
      `SELECT submission_count, attributes, version FROM leads WHERE email = '${email}'`,
    );
    expect(lead).toMatchObject({ submission_count: 50 });
    expect(Object.keys(lead!.attributes)).toHaveLength(50);
    expect(await count("submissions", ofLead(email))).toBe(50);
    expect(await count("sent_messages", ofLead(email))).toBe(1);
    const times = await rowsOf<{ received_at: Date }>(
      instance.app.database,
      `SELECT received_at FROM submissions WHERE ${ofLead(email)} ORDER BY received_at`,
    );
    const distinct = new Set(times.map(({ received_at }) => received_at.getTime()));
    expect(distinct.size).toBe(50);
  },
);

test("the last of several posts without a time stands, though the clock stood still", async () => {
  for (const company of ["A", "B", "C"]) await instance.post("/v1/leads", { email: "still@example.com", company });
  const { body } = await instance.get("/v1/leads?email=still@example.com");
  expect(body.data[0]).toMatchObject({ company: "C", submissionCount: 3 });
});

test("with the clock set back, what comes later still counts as later", async () => {
  await instance.post("/v1/leads", { email: "back@example.com", company: "A" });
  instance.clock.advance(-3_600_000);
  const later = await instance.post("/v1/leads", { email: "back@example.com", company: "B" });
  instance.clock.advance(3_600_000);
  expect(later.body.outcome).toBe("updated");
  const { body } = await instance.get("/v1/leads?email=back@example.com");
  expect(body.data[0].company).toBe("B");
});
