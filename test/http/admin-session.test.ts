import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createAdminSessions } from "../../src/flow/admin-sessions.ts";
import { createKeys } from "../../src/flow/keys.ts";
import { addKey, expectProblem } from "../support/answers.ts";
import { ADMIN_KEY, type Instance } from "../support/instance.ts";
import { countOf, rowsOf } from "../support/rows.ts";
import { OWN_ORIGIN, signedIn, signIn, startBehindProxy } from "../support/signed-in.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startBehindProxy();
});
afterAll(() => instance.close());

const HOUR_MS = 3_600_000;
const createKey = async (...scopes: string[]) =>
  (await instance.post("/v1/keys", { name: scopes.join(" "), scopes }).expect(201)).body;

describe("the cookie", () => {
  test("can't be read by scripts, goes to this host alone and by https, and ends with the session", async () => {
    const { setCookie } = await signedIn(instance);
    const [pair, ...attributes] = setCookie.split("; ");
    expect(pair).toMatch(/^__Host-leadgate_session=[A-Za-z0-9_-]{43}$/);
    expect(attributes).toEqual(expect.arrayContaining(["HttpOnly", "SameSite=Strict", "Path=/", "Secure"]));
    const expires = attributes.find((one) => one.startsWith("Expires="))!.slice(8);
    expect(Date.parse(expires)).toBe(instance.clock.now().getTime() + 8 * HOUR_MS);
    expect(attributes.some((one) => one.startsWith("Domain"))).toBe(false);
  });

  test("is worth nothing in the database: only hashes of it and of the key are stored", async () => {
    const { cookie } = await signedIn(instance);
    const rows = JSON.stringify(await rowsOf(instance.app.database, "SELECT * FROM admin_sessions"));
    expect(rows).toMatch(/[0-9a-f]{64}/);
    expect(rows).not.toContain(cookie.split("=")[1]);
    expect(rows).not.toContain(ADMIN_KEY);
  });

  test("opens what its key opens, and its holder is told what that is", async () => {
    const page = await signedIn(instance);
    const { body: session } = await page.get("/admin/session").expect(200);
    expect(session).toMatchObject({ name: "LEADGATE_ADMIN_KEY", scopes: ["admin"], canChange: true });
    await page.get("/v1/leads").expect(200);
    const { body } = await page.send("post", "/v1/leads", { email: "opened@example.com" }).expect(201);
    await page.send("delete", `/v1/leads/${body.id}`).expect(204);
  });

  test("gives no weight to a key beside it that is wrong", async () => {
    const page = await signedIn(instance);
    expectProblem(await page.get("/v1/leads").set("Authorization", "Bearer lg_wrong"), 401, "unauthorized");
  });
});

describe("keys at the door", () => {
  test("one that only reads sees everything and changes nothing", async () => {
    const { key } = await createKey("read");
    const page = await signedIn(instance, key);
    expect((await page.get("/admin/session")).body).toMatchObject({ name: "read", canChange: false });
    await page.get("/v1/leads").expect(200);
    await page.get("/admin/api/sources").expect(200);
    expectProblem(await page.send("post", "/v1/keys", { name: "x", scopes: ["admin"] }), 403, "forbidden");
    const test = { fields: { email: "x@example.com" }, followUps: false };
    expectProblem(await page.send("post", "/admin/api/sources/contact/test", test), 403, "forbidden");
  });

  test("one that only sends leads in is turned away with a word why", async () => {
    const refused = await signIn(instance, await addKey(instance, "ingest"));
    expectProblem(refused, 403, "forbidden", "key");
    expect(refused.body.detail ?? JSON.parse(refused.text).detail).toMatch(/only sends leads in/);
    expect(refused.headers["set-cookie"]).toBeUndefined();
  });

  test.each([
    ["an unknown one", { key: "lg_unknown-unknown-unknown" }, 401, "unauthorized"],
    ["none", {}, 422, "invalid-field"],
    ["an empty one", { key: " " }, 422, "invalid-field"],
    ["one without end", { key: "x".repeat(600) }, 422, "invalid-field"],
    ["a body that is too large", { key: "x".repeat(10_000) }, 413, "too-large"],
  ])("%s is refused", async (_what, body, status, kind) => {
    const refused = await instance.http
      .post("/admin/session")
      .set({ Origin: OWN_ORIGIN, "X-Forwarded-For": "203.0.113.9" })
      .send(body);
    expectProblem(refused, status, kind);
  });

  test("an address that tries too many is told how long to wait; others are not held up", async () => {
    const attempt = () => signIn(instance, "lg_guess-guess-guess-guess", "203.0.113.77");
    for (let count = 0; count < 10; count++) expectProblem(await attempt(), 401, "unauthorized");
    const refused = await attempt();
    expectProblem(refused, 429, "rate-limited");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThan(0);
    expectProblem(await signIn(instance, ADMIN_KEY, "203.0.113.77"), 429, "rate-limited");
    await signIn(instance, ADMIN_KEY).expect(201);
  });
});

describe("the end", () => {
  test("signing out ends the session, not just the cookie in this browser", async () => {
    const page = await signedIn(instance);
    const { headers } = await page.send("delete", "/admin/session").expect(204);
    expect(String(headers["set-cookie"])).toMatch(/leadgate_session=;.*Expires=Thu, 01 Jan 1970/);
    expectProblem(await page.get("/v1/leads"), 401, "unauthorized");
    await page.get("/admin/session").expect(204);
    await page.send("delete", "/admin/session").expect(204);
  });

  test("revoking the key ends its sessions at once, also in a process that has just used one", async () => {
    const { key, id } = await createKey("admin");
    const page = await signedIn(instance, key);
    const { database } = instance.app;
    const { clock } = instance;
    const keys = createKeys({ database, clock, adminKey: undefined });
    const elsewhere = createAdminSessions({ database, clock, keys, adminKey: undefined });
    const token = page.cookie.split("=")[1]!;
    expect(await elsewhere.find(token)).toMatchObject({ scopes: ["admin"] });
    await instance.remove(`/v1/keys/${id}`).expect(204);
    expect(await elsewhere.find(token)).toBeUndefined();
    expectProblem(await page.get("/v1/leads"), 401, "unauthorized");
  });

  test("another LEADGATE_ADMIN_KEY ends the sessions of the one before", async () => {
    const page = await signedIn(instance);
    const { database } = instance.app;
    const { clock } = instance;
    const deps = { database, clock, keys: createKeys({ database, clock, adminKey: "lg_other-administrator-key" }) };
    const restarted = createAdminSessions({ ...deps, adminKey: "lg_other-administrator-key" });
    expect(await restarted.find(page.cookie.split("=")[1]!)).toBeUndefined();
  });

  test("comes an hour after the last use", async () => {
    const page = await signedIn(instance);
    for (let use = 0; use < 3; use++) {
      instance.clock.advance(HOUR_MS - 1);
      await page.get("/v1/leads").expect(200);
    }
    instance.clock.advance(HOUR_MS);
    expectProblem(await page.get("/v1/leads"), 401, "unauthorized");
  });

  test("comes eight hours after signing in, however much it is used; what is over is then forgotten", async () => {
    const page = await signedIn(instance);
    for (let use = 0; use < 9; use++) {
      instance.clock.advance((8 * HOUR_MS) / 10);
      await page.get("/v1/leads").expect(200);
    }
    instance.clock.advance((8 * HOUR_MS) / 10);
    expectProblem(await page.get("/v1/leads"), 401, "unauthorized");
    await signedIn(instance);
    await instance.app.prune();
    expect(await countOf(instance.app.database, "admin_sessions")).toBe(1);
  });
});

describe("a page of another site", () => {
  const FOREIGN: [string, Record<string, string>][] = [
    ["another origin", { Origin: "https://evil.example" }],
    ["a sibling subdomain", { Origin: "https://shop.leads.example.com" }],
    ["an opaque origin", { Origin: "null" }],
    ["no origin at all", {}],
    ["the browser's word that it is another site", { Origin: OWN_ORIGIN, "Sec-Fetch-Site": "cross-site" }],
    ["the browser's word that it is a sibling", { Origin: OWN_ORIGIN, "Sec-Fetch-Site": "same-site" }],
    ["the browser's word that the address was typed", { "Sec-Fetch-Site": "none" }],
  ];

  test.each(FOREIGN)("changes nothing with the session's cookie: %s", async (_what, headers) => {
    const { cookie } = await signedIn(instance);
    const request = (method: "post" | "delete", path: string) =>
      instance.http[method](path).set("Cookie", cookie).set(headers).send({ email: "forged@example.com" });
    expectProblem(await request("post", "/v1/leads"), 403, "forbidden");
    expectProblem(await request("delete", "/admin/session"), 403, "forbidden");
    expect(await countOf(instance.app.database, "leads", "email = 'forged@example.com'")).toBe(0);
  });

  test.each(FOREIGN)("signs nobody in: %s", async (_what, headers) => {
    expectProblem(await instance.http.post("/admin/session").set(headers).send({ key: ADMIN_KEY }), 403, "forbidden");
  });

  test("reads nothing with it either, where the browser tells", async () => {
    const { cookie } = await signedIn(instance);
    const read = (site: string) => instance.http.get("/v1/leads").set({ Cookie: cookie, "Sec-Fetch-Site": site });
    expectProblem(await read("cross-site"), 403, "forbidden");
    expectProblem(await read("same-site"), 403, "forbidden");
    await read("same-origin").expect(200);
    await read("none").expect(200);
  });

  test("is told apart from the page itself behind a proxy that hands on the name it is reached by", async () => {
    const { cookie } = await signedIn(instance);
    const post = (origin: string) =>
      instance.http
        .post("/v1/leads")
        .set({ Cookie: cookie, Host: "intranet.example.com", Origin: origin })
        .send({ email: "intranet@example.com" });
    await post("https://intranet.example.com").expect(201);
    expectProblem(await post("https://intranet.example.com.evil.example"), 403, "forbidden");
  });
});
