import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { atOnce, shuffled } from "../support/parallel.ts";
import { rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

/** What eleven submissions of one person said, some at the same moment, some with nothing new. */
const SAID: Record<string, unknown>[] = [
  { occurredAt: "2026-01-01T10:00:00Z", firstName: "Ann", source: "fair", consent: true },
  { occurredAt: "2026-01-01T11:00:00+01:00", firstName: "Anne", source: "expo", utm: { source: "ads", term: "crm" } },
  { occurredAt: "2026-01-02T00:00:00.001Z", company: "A", plan: "free", utm: { source: "mail" } },
  { occurredAt: "2026-01-02T00:00:00.002Z", company: "B", plan: null, consent: null },
  {
    occurredAt: "2026-01-03T00:00:00Z",
    company: "",
    submissionId: "4",
    message: "late",
    attributes: { plan: "pro", seats: 3 },
  },
  { occurredAt: "2026-01-03T00:00:00Z", submissionId: "5", message: "same moment", attributes: { seats: 4 } },
  { occurredAt: "2026-01-04T00:00:00Z", consent: false, fullName: "A B", submissionId: "6" },
  { occurredAt: "2026-01-04T00:00:00Z", consent: false, fullName: "A B", submissionId: "7" },
  { occurredAt: "2025-12-31T23:59:59Z", lastName: "Old", phone: "+4930123456", source: "fair" },
  { occurredAt: "2026-01-05T00:00:00Z", constructor: "x", toString: "y" },
  { occurredAt: "1970-01-01T00:00:00Z", website: "https://old.example.com", country: "DE", source: "zoo" },
];

const MERGED = `first_name, last_name, phone, company, job_title, website, country, message, consent, source, utm, attributes,
  email_as_given`;

async function merged(email: string) {
  const [lead] = await rowsOf(instance.app.database, `SELECT ${MERGED} FROM leads WHERE email = '${email}'`);
  const { email_as_given, ...rest } = lead!;
  return rest;
}

test("in any order, one by one, at once, in a batch or repeated, the same posts leave the same lead", async () => {
  const of = (email: string) =>
    SAID.map(({ submissionId, ...said }) => ({
      ...said,
      email,
      // Where moments tie the ids decide, which must therefore sort alike for each lead.
      ...(submissionId !== undefined && { submissionId: `${submissionId} ${email}` }),
    }));
  const post = (item: object) => instance.post("/v1/leads", item);
  const ways: Record<string, (items: object[]) => Promise<unknown>> = {
    inOrder: async (items) => {
      for (const item of items) await post(item);
    },
    backwards: async (items) => {
      for (const item of items.toReversed()) await post(item);
    },
    atOnce: (items) => atOnce(shuffled(items, 1), post),
    atOnceAndTwice: (items) => atOnce(shuffled([...items, ...items], 2), (item) => post([item])),
    inABatch: (items) => Promise.resolve(post(shuffled(items, 3))),
    inBatchesAtOnce: (items) => atOnce([1, 2, 3, 4], (seed) => post(shuffled(items, seed))),
  };
  const leads: unknown[] = [];
  for (const [way, run] of Object.entries(ways)) {
    const email = `${way.toLowerCase()}@example.com`;
    await run(of(email));
    leads.push(await merged(email));
  }
  expect(leads[0]).toMatchObject({ first_name: "A", last_name: "B", company: "B", consent: false, source: "zoo" });
  for (const lead of leads) expect(lead).toEqual(leads[0]);
});

describe("a submission's own time", () => {
  const NOW = "2026-03-01T12:00:00.000Z";
  const occurred = async (email: string) => {
    const rows = await rowsOf<{ at: Date }>(
      instance.app.database,
      `SELECT occurred_at AS at FROM submissions JOIN leads ON leads.id = lead_id WHERE email = '${email}' ORDER BY received_at`,
    );
    return rows.map(({ at }) => at.toISOString());
  };

  test.each<[string, string | undefined, string]>([
    ["missing counts as the time of acceptance", undefined, NOW],
    ["up to five minutes ahead is believed", "2026-03-01T12:05:00.000Z", "2026-03-01T12:05:00.000Z"],
    ["further ahead counts as the time of acceptance", "2026-03-01T12:05:00.001Z", NOW],
    ["is kept to the millisecond", "2025-07-01T02:03:04.567+02:00", "2025-07-01T00:03:04.567Z"],
    ["of long ago is believed", "1900-01-01T00:00:00Z", "1900-01-01T00:00:00.000Z"],
  ])("%s", async (name, occurredAt, expected) => {
    const email = `t${name.length}@example.com`;
    await instance.post("/v1/leads", { email, occurredAt });
    expect(await occurred(email)).toEqual([expected]);
  });

  test("that PostgreSQL could not read counts as the time of acceptance, and spoils no neighbour", async () => {
    const item = (email: string, occurredAt: string) => ({ email, occurredAt });
    const batch = [item("y0@example.com", "0000-01-01T00:00:00Z"), item("y1@example.com", "2026-01-01T00:00:00Z")];
    expect((await instance.post("/webhooks/shop", batch)).status).toBe(200);
    expect(await occurred("y0@example.com")).toEqual([NOW]);
    expect(await occurred("y1@example.com")).toEqual(["2026-01-01T00:00:00.000Z"]);
  });

  test("that is older than what stands changes nothing and says so", async () => {
    await instance.post("/v1/leads", {
      email: "stale@example.com",
      company: "New",
      occurredAt: "2026-02-02T00:00:00Z",
    });
    const late = { email: "stale@example.com", company: "Old", source: "api", occurredAt: "2026-02-03T00:00:00Z" };
    expect((await instance.post("/v1/leads", late)).body.outcome).toBe("updated");
    const stale = { ...late, company: "Oldest", occurredAt: "2026-02-02T12:00:00Z" };
    expect((await instance.post("/v1/leads", stale)).body.outcome).toBe("stale");
    const same = { ...late, company: "Old", occurredAt: "2026-02-02T18:00:00Z" };
    expect((await instance.post("/v1/leads", same)).body.outcome).toBe("unchanged");
    expect(await merged("stale@example.com")).toMatchObject({ company: "Old" });
  });
});
