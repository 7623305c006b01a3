import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { leadOf, statsOf } from "../support/answers.ts";
import { describeCorpus } from "../support/corpora.ts";
import { type Instance, startInstance } from "../support/instance.ts";

interface Row {
  readonly content_type: string;
  readonly body: string;
}

/** Whether any object in this JSON has a key of that name. */
function hasKey(value: unknown, name: string): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.entries(value).some(([key, inner]) => key === name || hasKey(inner, name));
}

describeCorpus<Row>("prototype-pollution.json", "names that change what every object inherits", (rows) => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.close());

  test.each(["/webhooks/evil", "/forms/evil", "/v1/leads"])(
    "at %s leave the next, honest lead as it was sent",
    async (path) => {
      const own = Object.getOwnPropertyNames(Object.prototype).join();
      for (const [at, { content_type, body }] of rows.entries()) {
        const { status } = await instance.post(path, body).set("Content-Type", content_type);
        expect([body, status < 500]).toEqual([body, true]);
        const email = `plain${at}-${path.replaceAll("/", "-")}@example.com`;
        await instance.post("/v1/leads", { email, company: "Plain", attributes: { a: 1 } }).expect(201);
        expect(await leadOf(instance, email)).toMatchObject({
          email,
          company: "Plain",
          firstName: null,
          status: "new",
        });
        expect((await leadOf(instance, email)).attributes).toEqual({ a: 1 });
      }
      expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(own);
    },
  );

  test("a body with two addresses makes one lead at most, and one mail", async () => {
    for (const { content_type, body } of rows) {
      const before = await statsOf(instance);
      await instance.post("/forms/two", body).set("Content-Type", content_type);
      const after = await statsOf(instance);
      expect([body, after.leads - before.leads <= 1]).toEqual([body, true]);
      expect([body, (after.messages.queued ?? 0) - (before.messages.queued ?? 0) <= 1]).toEqual([body, true]);
    }
  });

  test("are in no answer, wherever one looks", async () => {
    const { body } = await instance.get("/v1/leads?q=pp&limit=200");
    expect(body.data.length).toBeGreaterThan(0);
    const timelines = body.data.map(({ id }: { id: string }) => `/v1/leads/${id}/timeline`);
    for (const path of ["/v1/leads?limit=200", "/v1/quarantine?limit=200", "/v1/messages", "/v1/stats", ...timelines]) {
      const answer = await instance.get(path).expect(200);
      expect([path, hasKey(answer.body, "polluted"), hasKey(answer.body, "__proto__")]).toEqual([path, false, false]);
    }
  });
});
