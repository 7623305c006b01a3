import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem, leadOf, statsOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

const PAGE = "https://www.example.com";
const OTHERS = ["https://evil.example", "null", "http://www.example.com", `${PAGE}:8443`, `${PAGE}.evil.example`, ""];
const configuration = `
sources:
  contact: { kind: form, origins: ["${PAGE}"] }
  open: { kind: form }
`;

describe("origins", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ configuration });
  });
  afterAll(() => instance.close());

  const post = (source: string, email: string) => instance.http.post(`/forms/${source}`).type("form").send({ email });
  const preflight = (source: string) =>
    instance.http.options(`/forms/${source}`).set("Access-Control-Request-Method", "POST");

  test("a listed page's script may post and read the answer, and its preflight says so", async () => {
    const answer = await post("contact", "listed@example.com").set("Origin", PAGE).expect(200);
    expect(answer.headers["access-control-allow-origin"]).toBe(PAGE);
    expect(answer.headers.vary).toContain("Origin");
    const { headers } = await preflight("contact").set("Origin", PAGE).expect(204);
    expect(headers).toMatchObject({ "access-control-allow-origin": PAGE, "access-control-allow-methods": "POST" });
    expect(headers["access-control-allow-headers"]).toMatch(/Content-Type/i);
  });

  test.each(OTHERS)("another page (%j) is refused, in the preflight too", async (origin) => {
    const refused = await post("contact", "elsewhere@example.com").set("Origin", origin);
    expectProblem(refused, 403, "forbidden", "Origin");
    expect(refused.headers["access-control-allow-origin"]).toBeUndefined();
    const before = await preflight("contact").set("Origin", origin);
    expect([before.status, before.headers["access-control-allow-origin"]]).toEqual([403, undefined]);
    expect(await leadOf(instance, "elsewhere@example.com")).toBeNull();
  });

  test("a post without an origin passes: plain forms of some browsers send none", async () => {
    await post("contact", "absent@example.com").expect(200);
    expect(await leadOf(instance, "absent@example.com")).not.toBeNull();
  });

  test("a form without a list takes every page's post", async () => {
    for (const origin of ["https://any.example", "null"]) {
      const { headers } = await post("open", "any@example.com").set("Origin", origin).expect(200);
      expect(headers["access-control-allow-origin"]).toBe(origin);
      expect(headers["cross-origin-resource-policy"]).toBe("cross-origin");
      await preflight("open").set("Origin", origin).expect(204);
    }
  });

  test("a script can read why its post was refused", async () => {
    const { headers } = await post("contact", "nobody").set("Origin", PAGE).expect(422);
    expect(headers["access-control-allow-origin"]).toBe(PAGE);
  });

  test("an unknown form has no preflight", async () => {
    expectProblem(await preflight("nothing").set("Origin", PAGE), 404, "not-found", "source");
  });
});

describe("the rate limit", () => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance({ configuration, settings: { FORM_RATE_LIMIT: "3", TRUST_PROXY: "1" } });
  });
  afterAll(() => instance.close());

  const from = (address: string, path = "/forms/open") =>
    instance.http.post(path).set("X-Forwarded-For", address).type("form").send({ email: "often@example.com" });

  test("over all forms, one address may post so often, is told when to come back, and nothing of it is kept", async () => {
    for (const source of ["open", "contact", "open"]) await from("192.0.2.1", `/forms/${source}`).expect(200);
    const { submissions } = await statsOf(instance);
    const refused = await from("192.0.2.1");
    expectProblem(refused, 429, "rate-limited");
    expect(Number(refused.headers["retry-after"])).toBeGreaterThanOrEqual(1);
    expect(Number(refused.headers["retry-after"])).toBeLessThanOrEqual(60);
    expect(await statsOf(instance)).toMatchObject({ submissions });
  });

  test("it comes before anything else: a robot learns nothing of forms, origins or hidden fields", async () => {
    for (let time = 0; time < 3; time++) await from("192.0.2.2").expect(200);
    expectProblem(await from("192.0.2.2", "/forms/unknown"), 429, "rate-limited");
    expectProblem(await from("192.0.2.2", "/forms/contact").set("Origin", "https://evil.example"), 429, "rate-limited");
    expectProblem(await from("192.0.2.2").type("text/plain").send("x"), 429, "rate-limited");
    expectProblem(await from("192.0.2.2").send({ _gotcha: "x" }), 429, "rate-limited");
    const page = await from("192.0.2.2").set("Accept", "text/html").expect(429);
    expect(page.headers["content-type"]).toMatch(/^text\/html/);
    expect(Number(page.headers["retry-after"])).toBeGreaterThanOrEqual(1);
  });

  test("a page's script can read that it is to wait, and for how long", async () => {
    for (let time = 0; time < 3; time++) await from("192.0.2.4").expect(200);
    const { headers } = await from("192.0.2.4", "/forms/contact").set("Origin", PAGE).expect(429);
    expect(headers).toMatchObject({
      "access-control-allow-origin": PAGE,
      "access-control-expose-headers": expect.stringContaining("Retry-After"),
    });
  });

  test("no header buys another address where no proxy is trusted", async () => {
    const direct = await startInstance({ settings: { FORM_RATE_LIMIT: "1" } });
    try {
      const post = (address: string) =>
        direct.http
          .post("/forms/any")
          .set({ "X-Forwarded-For": address, Forwarded: `for=${address}` })
          .send({ email: "d@example.com" });
      await post("192.0.2.5").expect(200);
      await post("192.0.2.6").expect(429);
    } finally {
      await direct.close();
    }
  });

  test("a household is one caller however many IPv6 addresses it has, and its neighbour is another", async () => {
    for (let host = 1; host <= 3; host++) await from(`2001:db8:1:1::${host}`).expect(200);
    await from("2001:db8:1:1:ffff::9").expect(429);
    await from("2001:db8:1:2::1").expect(200);
    await from("192.0.2.3").expect(200);
  });

  test("webhooks and own code are not limited", async () => {
    for (let time = 0; time < 5; time++) {
      await instance
        .post("/v1/leads", { email: "own@example.com", message: `${time}` })
        .set("X-Forwarded-For", "192.0.2.1");
    }
    expect(await leadOf(instance, "own@example.com")).toMatchObject({ submissionCount: 5 });
  });
});
