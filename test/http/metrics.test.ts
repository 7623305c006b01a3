import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addKey, expectProblem } from "../support/answers.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { type Instance, startInstance } from "../support/instance.ts";

const CONFIGURATION = `
sources:
  contact: { kind: form }
  zapier: { kind: webhook }
followUps:
  - { name: welcome, on: submission, template: welcome, delay: 1h }
`;

let instance: Instance;
let receiver: HookReceiver;
beforeAll(async () => {
  instance = await startInstance({ configuration: CONFIGURATION, settings: { HOOKS_ALLOW_PRIVATE: "true" } });
  receiver = await startHookReceiver();
});
afterAll(async () => {
  await receiver.close();
  await instance.close();
});

/** Every series by its name and labels. */
async function scrape(of = instance): Promise<Map<string, number>> {
  of.clock.advance(10_000);
  const { text } = await of
    .get("/metrics")
    .expect(200)
    .expect("Content-Type", /^text\/plain; version=0\.0\.4/);
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  return new Map(
    lines.map((line): [string, number] => [
      line.slice(0, line.lastIndexOf(" ")),
      Number(line.slice(line.lastIndexOf(" "))),
    ]),
  );
}

const intake = (channel: string, source: string, outcome: string) =>
  `leadgate_intake_total{channel="${channel}",source="${source}",outcome="${outcome}"}`;

test("metrics are for keys with scope read", async () => {
  expectProblem(await instance.http.get("/metrics"), 401, "unauthorized");
  const as = async (scope: "ingest" | "read") =>
    instance.http.get("/metrics").set("X-Api-Key", await addKey(instance, scope));
  expectProblem(await as("ingest"), 403, "forbidden");
  expect((await as("read")).status).toBe(200);
});

test("everything is named leadgate_", async () => {
  const names = [...(await scrape()).keys()];
  expect(names.length).toBeGreaterThan(50);
  expect(names.filter((name) => !name.startsWith("leadgate_"))).toEqual([]);
});

test("what came in is counted by channel, source and outcome, arrays item by item, replays apart", async () => {
  const webhook = (body: object) => instance.post("/webhooks/zapier", body);
  await webhook({ email: "m1@example.com", firstName: "Ann" });
  await webhook({ email: "m1@example.com", firstName: "Ann" });
  await webhook({ email: "m1@example.com", firstName: "Anna" });
  await webhook([{ email: "m2@example.com" }, { note: "no address" }, { email: "m1@example.com", firstName: "Anna" }]);
  await instance.http.post("/forms/contact").type("form").send({ email: "m3@example.com" });
  await instance.http.post("/forms/contact").type("form").send({ email: "m4@example.com", _gotcha: "robot" });
  await instance.post("/v1/leads", { email: "no" });
  await instance.post("/v1/events", { id: "o-1", type: "order.paid", email: "m1@example.com" });
  const series = await scrape();
  const counts = [
    [intake("webhook", "zapier", "created"), 2],
    [intake("webhook", "zapier", "updated"), 1],
    [intake("webhook", "zapier", "replayed"), 2],
    [intake("webhook", "zapier", "quarantined"), 1],
    [intake("form", "contact", "created"), 1],
    [intake("form", "contact", "spam"), 1],
    [intake("api", "api", "refused"), 1],
    [intake("event", "api", "counted"), 1],
    ['leadgate_intake_replays_total{channel="webhook"}', 2],
    ['leadgate_intake_replays_total{channel="form"}', 0],
  ] as const;
  expect(counts.map(([name]) => [name, series.get(name)])).toEqual(counts);
});

test("a stranger can't make series: sources nobody configured and addresses nobody serves share one", async () => {
  const open = await startInstance();
  const visit = async (name: string) => {
    await open.http.post(`/forms/${name}`).type("form").send({ email: "m@example.com" });
    await open.http.get(`/${name}/${name}`);
  };
  await visit("first");
  const ofStrangers = async () =>
    [...(await scrape(open)).keys()].filter(
      (name) => /^leadgate_(?:intake|http)/.test(name) && !name.includes("/metrics"),
    );
  const once = (await ofStrangers()).length;
  for (let i = 0; i < 30; i++) await visit(`source-${i}`);
  const series = await ofStrangers();
  await open.close();
  expect(once).toBeGreaterThan(10);
  // The later posts change nothing, which is another outcome.
  expect(series).toHaveLength(once + 1);
  expect(series.join()).not.toContain("source-7");
});

test("mails by status, and how late the latest is", async () => {
  const before = await scrape();
  expect(before.get('leadgate_messages{status="queued"}')).toBeGreaterThan(0);
  expect(before.get("leadgate_mail_oldest_due_seconds")).toBe(0);
  instance.clock.advance(3_600_000 + 60_000);
  const late = await scrape();
  expect(late.get("leadgate_mail_oldest_due_seconds")).toBeGreaterThanOrEqual(60);
  await instance.deliver();
  const after = await scrape();
  expect(after.get("leadgate_mail_oldest_due_seconds")).toBe(0);
  expect(after.get('leadgate_messages{status="queued"}')).toBe(0);
  expect(after.get('leadgate_messages{status="previewed"}')).toBe(before.get('leadgate_messages{status="queued"}'));
});

test("the queue of hooks, and how late its latest is", async () => {
  await instance.post("/v1/hooks", { url: receiver.url, events: ["lead.created"] }).expect(201);
  await instance.post("/v1/leads", { email: "hooked@example.com" }).expect(201);
  instance.clock.advance(30_000);
  const waiting = await scrape();
  expect(waiting.get("leadgate_hook_deliveries_pending")).toBe(1);
  expect(waiting.get("leadgate_hook_oldest_due_seconds")).toBe(40);
  await instance.app.sendHooks();
  const sent = await scrape();
  expect(sent.get("leadgate_hook_deliveries_pending")).toBe(0);
  expect(sent.get("leadgate_hook_oldest_due_seconds")).toBe(0);
});

test("requests are measured by the pattern of their route, never by what stands in the address", async () => {
  await instance.http.get("/unsubscribe/some-secret-token");
  const series = await scrape();
  const name = 'leadgate_http_request_duration_seconds_count{method="GET",route="/unsubscribe/:token",status="404"}';
  expect(series.get(name)).toBe(1);
  expect([...series.keys()].join()).not.toContain("some-secret-token");
});

test("the lag of the event loop, and the pool of a PostgreSQL database", async () => {
  const series = await scrape();
  expect(series.get("leadgate_nodejs_eventloop_lag_p99_seconds")).toBeGreaterThan(0);
  expect(series.get("leadgate_database_up")).toBe(1);
  const states = ["busy", "idle", "waiting"].map((state) =>
    series.get(`leadgate_database_pool_connections{state="${state}"}`),
  );
  if (instance.url === undefined) expect(states).toEqual([undefined, undefined, undefined]);
  else expect(states).toEqual([expect.any(Number), expect.any(Number), 0]);
});

describe("with the database away", () => {
  test("what needs none is still told, and that it is away", async () => {
    const { createMetrics } = await import("../../src/http/metrics.ts");
    const { LeadgateError } = await import("../../src/base/errors.ts");
    const away = {
      pool: () => undefined,
      spool: () => ({ records: 3, bytes: 1_200, oldestSeconds: 5, damaged: 0 }),
      database: () => Promise.reject(new LeadgateError("unavailable", "away")),
    };
    const { DEFAULT_CONFIGURATION } = await import("../../src/flow/configuration.ts");
    const { text } = await createMetrics({ gauges: away, configuration: () => DEFAULT_CONFIGURATION }).render();
    expect(text).toContain("leadgate_database_up 0");
    expect(text).toContain("leadgate_spool_records 3");
    expect(text).not.toMatch(/^leadgate_messages\{/m);
  });
});
