import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { dump, rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

interface Way {
  readonly name: string;
  readonly send: (id: string, body: Record<string, unknown>) => ReturnType<Instance["post"]>;
}

const header =
  (path: string, name: string): Way["send"] =>
  (id, body) =>
    instance.post(path, body).set(name, id);
const promised: Way[] = [
  { name: "Idempotency-Key", send: header("/v1/leads", "Idempotency-Key") },
  { name: "Idempotency-Key of a webhook", send: header("/webhooks/shop", "Idempotency-Key") },
  { name: "webhook-id", send: header("/webhooks/shop", "webhook-id") },
  { name: "submissionId", send: (submissionId, body) => instance.post("/v1/leads", { submissionId, ...body }) },
];
const trusted: Way[] = [
  {
    name: "_submission_id",
    send: (id, body) => instance.http.post("/forms/contact").send({ _submission_id: id, ...body }),
  },
  {
    name: "a sender's own id",
    send: (id, data) =>
      instance.post("/webhooks/site", {
        id,
        form_name: "contact",
        site_url: "https://www.example.com",
        data: { ...data },
      }),
  },
];
const byContent: Way = { name: "nothing but the content", send: (_, body) => instance.post("/v1/leads", body) };

/** All rows, with the replay counters set to one value. */
async function rowsButCounters() {
  const rows = await dump(instance.app.database);
  const counters = await rowsOf<{ total: number }>(
    instance.app.database,
    "SELECT coalesce(sum(replay_count), 0)::int AS total FROM submissions",
  );
  const submissions = await rowsOf<{ row: string }>(
    instance.app.database,
    "SELECT (to_jsonb(s) - 'replay_count')::text AS row FROM submissions s ORDER BY 1",
  );
  return { rows: { ...rows, submissions }, counted: counters[0]!.total };
}

describe.each([...promised, ...trusted, byContent])("the same submission again, known by $name", ({ name, send }) => {
  const email = `${name.replaceAll(/\W/g, "-")}@example.com`;

  test("is answered as the first time to the byte, and changes nothing but the replay counter", async () => {
    const first = await send("evt_1", { email, name: "Ann" });
    expect(first.status).toBeLessThan(300);
    expect(first.headers).not.toHaveProperty("idempotent-replayed");
    const before = await rowsButCounters();
    instance.clock.advance(60_000);
    for (const time of [1, 2, 3]) {
      const again = await send("evt_1", { email, name: "Ann" });
      expect(again.text).toBe(first.text);
      expect(again.status).toBe(first.status);
      expect(again.headers["content-type"]).toBe(first.headers["content-type"]);
      // A form's visitor is not told: someone could try which addresses are known.
      expect(again.headers["idempotent-replayed"]).toBe(name === "_submission_id" ? undefined : "true");
      const after = await rowsButCounters();
      expect(after.rows).toEqual(before.rows);
      expect(after.counted).toBe(before.counted + time);
    }
  });
});

describe.each(promised)("the same $name with other content", ({ name, send }) => {
  test("is refused, changes nothing, and the mended one is taken", async () => {
    const email = `other-${name.replaceAll(/\W/g, "-")}@example.com`;
    await send("evt_2", { email, company: "A" });
    const before = await dump(instance.app.database);
    const refused = await send("evt_2", { email, company: "B" });
    expect(refused.status).toBe(422);
    expect(refused.body.type).toMatch(/\/idempotency-key-reuse$/);
    expect(await dump(instance.app.database)).toEqual(before);
    expect((await send("evt_3", { email, company: "B" })).status).toBe(200);
  });

  test("is taken where the first was refused", async () => {
    const path = name.includes("webhook") ? "/webhooks/shop" : "/v1/leads";
    const refused = await send("evt_4", { email: "nobody" });
    expect(refused.status).toBe(422);
    const mended = await send("evt_4", { email: `mended-${name.replaceAll(/\W/g, "-")}@example.com` });
    expect(mended.status).toBe(path === "/v1/leads" ? 201 : 200);
    expect(mended.headers).not.toHaveProperty("idempotent-replayed");
  });
});

describe.each(trusted)("the same $name with other content", ({ name, send }) => {
  test("is another submission, for a cached page or an updated order loses nothing", async () => {
    const email = `more-${name.replaceAll(/\W/g, "-")}@example.com`;
    await send("evt_5", { email, phone: "+4930111111" });
    const other = await send("evt_5", { email, phone: "+4930222222" });
    expect(other.status).toBe(200);
    expect(other.headers).not.toHaveProperty("idempotent-replayed");
    const { body } = await instance.get(`/v1/leads?email=${email}`);
    expect(body.data[0]).toMatchObject({ submissionCount: 2, phone: "+4930222222" });
  });
});

test("one key at two sources is two submissions", async () => {
  for (const source of ["one", "two"]) {
    const answer = await instance.post(`/webhooks/${source}`, { email: "k@example.com" }).set("webhook-id", "same");
    expect(answer.headers).not.toHaveProperty("idempotent-replayed");
  }
});

test("a replay is answered the same after the lead has changed and the mail has gone", async () => {
  const post = () => instance.post("/v1/leads", { email: "changed@example.com" }).set("Idempotency-Key", "changed");
  const first = await post();
  await instance.post("/v1/leads", { email: "changed@example.com", company: "New" });
  await instance.deliver();
  expect((await post()).text).toBe(first.text);
});
