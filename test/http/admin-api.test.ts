import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addKey, expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { ADMIN_KEY, type Instance } from "../support/instance.ts";
import { routesOf } from "../support/openapi.ts";
import { countOf, dump } from "../support/rows.ts";
import { signedIn, startBehindProxy } from "../support/signed-in.ts";

const configuration = `
sources:
  contact: { kind: form, origins: ["https://www.example.com"], redirects: ["https://www.example.com/thanks"] }
  crm: { kind: webhook, secret: "not-to-be-told-secret", map: { company: firma } }
  signed: { kind: webhook, secret: ["not-to-be-told-1", "not-to-be-told-2"], signature: typeform }
followUps:
  - { name: greet, on: submission, template: welcome, delay: 2h, when: "lead.country == 'DE'", unless: "'paid' in events" }
  - { name: tell, on: lead.created, sources: [contact], template: new-lead, to: "team@example.com" }
`;

let instance: Instance;
beforeAll(async () => {
  instance = await startBehindProxy({ configuration });
});
afterAll(() => instance.close());

const refused = async (payload: object) => (await instance.post("/webhooks/crm", payload)).body.quarantineId as string;
const tryMap = (id: string, map: object) => instance.post(`/admin/api/quarantine/${id}/try`, { map });

test("all of it is told in docs/admin.md", () => {
  const page = readFileSync(fileURLToPath(new URL("../../docs/admin.md", import.meta.url)), "utf8");
  const told = [...page.matchAll(/`(GET|POST|DELETE) (\/admin\S*)`/g)].map(
    ([, method, path]) => `${method!.toLowerCase()} ${path}`,
  );
  const routes = routesOf(instance.app.http).filter((route) => / \/admin\/(?:api|live|session)/.test(route));
  expect(routes.length).toBeGreaterThan(10);
  expect(told.toSorted()).toEqual(routes.toSorted());
});

test("nothing of it is there without a key that may read", async () => {
  const sender = await addKey(instance, "ingest");
  for (const path of [
    "overview",
    "names?ids=x",
    "instance",
    "sources",
    "rules",
    "templates",
    "templates/welcome/preview",
  ]) {
    expectProblem(await instance.http.get(`/admin/api/${path}`), 401, "unauthorized");
    expectProblem(await instance.http.get(`/admin/api/${path}`).set("X-Api-Key", sender), 403, "forbidden");
  }
  expectProblem(await instance.http.get("/admin/live"), 401, "unauthorized");
  expectProblem(await instance.get("/admin/api/nothing"), 404, "not-found");
});

describe("a mapping tried on a request that was held back", () => {
  const payload = { email: "nobody", kontakt: { adresse: "Ann@Example.com" }, firma: "Old Ltd", team: "sales" };

  test("tells what would be read, and the lines that have it read so, and keeps nothing", async () => {
    const id = await refused(payload);
    const before = await dump(instance.app.database);
    const { body } = await tryMap(id, { email: "kontakt.adresse", company: "firma" }).expect(200);
    expect(body).toMatchObject({
      ok: true,
      lead: {
        email: "ann@example.com",
        emailAsGiven: "Ann@Example.com",
        company: "Old Ltd",
        attributes: { team: "sales" },
      },
    });
    expect(body.lines).toBe("sources:\n  crm:\n    map:\n      email: kontakt.adresse\n      company: firma\n");
    expect(await dump(instance.app.database)).toEqual(before);
  });

  test("tells why there is still no lead in it", async () => {
    const id = await refused(payload);
    const { body } = await tryMap(id, { email: "kontakt.fax" }).expect(200);
    expect(body).toMatchObject({ ok: false, reason: expect.stringMatching(/address|e-mail/) });
  });

  test("takes it in, once, as of when it arrived; its own sender's retry is a replay", async () => {
    const id = await refused({ ...payload, kontakt: { adresse: "taken@example.com" } });
    const arrivedAt = instance.clock.now().toISOString();
    instance.clock.advance(3_600_000);
    const take = () => instance.post(`/admin/api/quarantine/${id}/retry`, { map: { email: "kontakt.adresse" } });
    const { body } = await take().expect(200);
    expect(body).toMatchObject({ outcome: "created", email: "taken@example.com" });
    expect((await take().expect(200)).body).toEqual(body);
    expect(await countOf(instance.app.database, "submissions", `lead_id = '${body.id}'`)).toBe(1);
    const { body: timeline } = await instance.get(`/v1/leads/${body.id}/timeline?type=submission`);
    expect(timeline.data[0].occurredAt).toBe(arrivedAt);
  });

  test.each([
    ["a field that is none", { fax: "x" }],
    ["a place that is none", { email: "" }],
    ["no mapping", undefined],
  ])("%s is refused", async (_what, map) => {
    const id = await refused(payload);
    expectProblem(await instance.post(`/admin/api/quarantine/${id}/try`, { map }), 422, "invalid-field");
  });

  test("is not taken in by a key that only reads", async () => {
    const id = await refused(payload);
    const reader = await signedIn(instance, await addKey(instance, "read"));
    const map = { email: "kontakt.adresse" };
    await reader.send("post", `/admin/api/quarantine/${id}/try`, { map }).expect(200);
    expectProblem(await reader.send("post", `/admin/api/quarantine/${id}/retry`, { map }), 403, "forbidden");
    expectProblem(await tryMap("0197f0a0-0000-7000-8000-000000000000", map), 404, "not-found");
  });
});

describe("how it went", () => {
  test("counts leads, submissions, replays and mails in the step they fell into, in the viewer's days", async () => {
    const fresh = await startBehindProxy();
    // 12:00 UTC on 1 March 2026.
    const post = (id: string) =>
      fresh
        .post("/v1/leads", { email: `${id}@example.com` })
        .set("Idempotency-Key", id)
        .expect(201);
    await post("first");
    fresh.clock.advance(11.5 * 3_600_000);
    await post("second");
    await post("second");
    await fresh.deliver();
    const series = async (query: string) => (await fresh.get(`/admin/api/overview?${query}`).expect(200)).body;
    const day = await series("days=1");
    expect(day.stepSeconds).toBe(3_600);
    expect(day.from).toBe("2026-03-01T00:00:00.000Z");
    expect(day.leads).toHaveLength(24);
    expect([day.leads[12], day.leads[23], day.submissions[23], day.replays[23]]).toEqual([1, 1, 1, 1]);
    expect(day.messages.previewed[12] + day.messages.previewed[23]).toBe(2);
    // Two hours ahead of UTC it is past midnight already.
    const month = await series("days=30&offset=120");
    expect([month.leads.length, month.leads[28], month.leads[29]]).toEqual([30, 1, 1]);
    expect((await series("days=30")).leads[29]).toBe(2);
    fresh.clock.advance(7 * 86_400_000);
    const week = await series("days=7");
    expect([week.leads.length, week.submissions.reduce((a: number, b: number) => a + b)]).toEqual([28, 0]);
    await fresh.close();
  });

  test.each(["days=2", "offset=900", "offset=x", "since=1"])("%s is refused", async (query) => {
    expectProblem(await instance.get(`/admin/api/overview?${query}`), 400, "malformed");
  });
});

test("people are named by their ids, those who are gone left out", async () => {
  const { body: lead } = await instance.post("/v1/leads", { email: "named@example.com", firstName: "Nora" });
  const gone = "0197f0a0-0000-7000-8000-000000000000";
  const { body } = await instance.get(`/admin/api/names?ids=${lead.id},${gone}`).expect(200);
  expect(body.data).toEqual([{ id: lead.id, email: "named@example.com", firstName: "Nora", lastName: null }]);
  expectProblem(await instance.get("/admin/api/names?ids=x"), 400, "malformed");
});

describe("how the instance is set up", () => {
  test("sources are told with their settings, and none of their secrets", async () => {
    const { body, text } = await instance.get("/admin/api/sources").expect(200);
    expect(body.data.slice(0, 3)).toMatchObject([
      { slug: "contact", kind: "form", origins: ["https://www.example.com"], honeypot: "_gotcha" },
      { slug: "crm", kind: "webhook", map: { company: "firma" }, secrets: 1, signature: null },
      { slug: "signed", kind: "webhook", secrets: 2, signature: "typeform" },
    ]);
    expect(text).not.toContain("not-to-be-told");
    const { body: facts, text: told } = await instance.get("/admin/api/instance").expect(200);
    expect(facts).toMatchObject({ publicUrl: "https://leads.example.com", mailMode: "preview", isConfigured: true });
    expect(told).not.toContain(ADMIN_KEY);
  });

  test("sources that leads came by are told although nothing names them, with their newest lead", async () => {
    const fresh = await startBehindProxy();
    for (const source of ["beta", "alpha", "beta"]) {
      fresh.clock.advance(1_000);
      await fresh
        .post(`/forms/${source}`, { email: `${source}${fresh.clock.now().getTime()}@example.com` })
        .expect(200);
    }
    const { body } = await fresh.get("/admin/api/sources").expect(200);
    expect(body.data).toEqual([
      { slug: "alpha", kind: null, lastLeadAt: "2026-03-01T12:00:02.000Z" },
      { slug: "beta", kind: null, lastLeadAt: fresh.clock.now().toISOString() },
    ]);
    await fresh.close();
  });

  test("rules are told with their conditions in their own words", async () => {
    const { body } = await instance.get("/admin/api/rules").expect(200);
    expect(body.data).toMatchObject([
      {
        name: "greet",
        when: "lead.country == 'DE'",
        unless: "'paid' in events",
        delayMs: 7_200_000,
        requireConsent: false,
      },
      { name: "tell", on: "lead.created", sources: ["contact"], to: "team@example.com", when: null },
    ]);
    const { body: templates } = await instance.get("/admin/api/templates").expect(200);
    expect(templates.data).toContainEqual({ name: "welcome", asksToConfirm: false, rules: ["greet"] });
    expect(templates.data).toContainEqual({ name: "confirm", asksToConfirm: true, rules: [] });
  });

  test("a test post goes the way of a real one, past origins and secrets, with mail only where it is wanted", async () => {
    const post = (source: string, email: string, followUps: boolean) =>
      instance.post(`/admin/api/sources/${source}/test`, { fields: { email, name: "Test Person" }, followUps });
    const { body: quiet } = await post("contact", "quiet@example.com", false).expect(200);
    expect(quiet).toMatchObject({ outcome: "created", followUps: [] });
    expect(await leadOf(instance, "quiet@example.com")).toMatchObject({ source: "contact", firstName: "Test" });
    const { body: loud } = await post("contact", "loud@example.com", true).expect(200);
    expect(loud.followUps).toEqual([{ template: "new-lead", status: "queued" }]);
    await post("signed", "signed@example.com", false).expect(200);
    expectProblem(await post("nowhere", "x@example.com", false), 404, "not-found");
    expectProblem(await post("api", "x@example.com", false), 422, "invalid-field");
    const { quarantined } = await statsOf(instance);
    expectProblem(await post("contact", "nobody", false), 422, "invalid-email");
    expect((await statsOf(instance)).quarantined).toBe(quarantined + 1);
  });
});

describe("a rendered mail", () => {
  const expectHarmless = (headers: Record<string, string>) => {
    const policy = headers["content-security-policy"];
    expect(policy).toMatch(/^sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:;/);
    expect(policy).not.toMatch(/allow-|script|https?:/);
    expect(headers["content-type"]).toMatch(/^text\/html/);
    expect(headers["cache-control"]).toBe("no-store");
  };

  test("is a document that can do nothing but be shown in this page's frame", async () => {
    await instance.post("/v1/leads", { email: "mailed@example.com", country: "DE" }).expect(201);
    const { body: list } = await instance.get("/v1/messages?limit=1");
    const path = `/admin/api/messages/${list.data[0].id}/preview`;
    expectProblem(await instance.get(path), 404, "not-found");
    instance.clock.advance(3 * 3_600_000);
    await instance.deliver();
    const { headers, text } = await instance.get(path).expect(200);
    expectHarmless(headers);
    expect(text).toMatch(/<html/);
  });

  test("and so is a template filled in with a person who does not exist", async () => {
    const { headers, text } = await instance.get("/admin/api/templates/welcome/preview").expect(200);
    expectHarmless(headers);
    expect(text).toContain("Ada");
    expect((await instance.get("/admin/api/templates/welcome").expect(200)).body.subject).toMatch(/Ada/);
    expectProblem(await instance.get("/admin/api/templates/nowhere/preview"), 404, "not-found");
  });
});
