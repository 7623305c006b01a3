import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import express from "express";
import supertest from "supertest";
import { LeadgateError } from "../../src/base/errors.ts";
import { createLog } from "../../src/base/log.ts";
import { errorHandler } from "../../src/http/errors.ts";
import { requestLog } from "../../src/http/request-log.ts";
import { addKey, expectProblem } from "../support/answers.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
let readOnly: string;
beforeAll(async () => {
  instance = await startInstance({
    configuration: `sources:\n  contact: { kind: form, origins: ["https://www.example.com"] }\n  crm: { kind: webhook }\n`,
    settings: { BODY_LIMIT: "4kb" },
  });
  readOnly = await addKey(instance, "read");
});
afterAll(() => instance.close());

interface Wrong {
  readonly body?: string | Buffer;
  readonly headers?: Record<string, string>;
  readonly source?: string;
}
const json = { "Content-Type": "application/json" };
const multipart = { "Content-Type": "multipart/form-data; boundary=x" };

const EVERYWHERE: [string, number, string, string, Wrong][] = [
  ["JSON that ends too early", 400, "malformed", "", { headers: json, body: '{"email":"ann@' }],
  ["no body", 400, "malformed", "", { headers: json, body: "" }],
  ["a body that is no object", 400, "malformed", "", { headers: json, body: "7" }],
  [
    "a multipart body that is cut",
    400,
    "malformed",
    "",
    { headers: multipart, body: '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb' },
  ],
  ["a body that is not gzip", 400, "malformed", "", { headers: { ...json, "Content-Encoding": "gzip" }, body: "{}" }],
  [
    "an Idempotency-Key with a space",
    400,
    "malformed",
    "Idempotency-Key",
    { headers: { ...json, "Idempotency-Key": "a b" }, body: "{}" },
  ],
  ["a body over the limit", 413, "too-large", "", { headers: json, body: JSON.stringify({ a: "x".repeat(5_000) }) }],
  [
    "a body over the limit when inflated",
    413,
    "too-large",
    "",
    { headers: { ...json, "Content-Encoding": "gzip" }, body: gzipSync(Buffer.alloc(2e7, 32)) },
  ],
  [
    "another content type",
    415,
    "unsupported-media-type",
    "Content-Type",
    { headers: { "Content-Type": "text/plain" }, body: "email=a" },
  ],
  [
    "another charset",
    415,
    "unsupported-media-type",
    "Content-Type",
    { headers: { "Content-Type": "application/json; charset=utf-16" }, body: "{}" },
  ],
  [
    "another encoding",
    415,
    "unsupported-media-type",
    "",
    { headers: { ...json, "Content-Encoding": "rot13" }, body: "{}" },
  ],
  ["no e-mail address", 422, "invalid-email", "email", { headers: json, body: '{"message":"hello"}' }],
  ["an e-mail address nobody can have", 422, "invalid-email", "email", { headers: json, body: '{"email":"nobody@"}' }],
];

const send = (path: string, { headers = {}, body = "" }: Wrong) =>
  instance.http
    .post(path)
    .set("X-Api-Key", ADMIN_KEY)
    .set(headers)
    .serialize((sent) => sent as string)
    .send(body);

describe.each(["/forms/contact", "/webhooks/crm", "/v1/leads"])("%s", (path) => {
  test.each(EVERYWHERE)("tells %s as a %i of kind %s that names %j", async (_what, status, kind, field, wrong) => {
    expectProblem(await send(path, wrong), status, kind, field);
  });
});

test("a stranger, a key without the scope and an unknown source are told apart", async () => {
  const [anybody, reader] = [
    instance.http.post("/v1/leads").send({}),
    instance.http.post("/v1/leads").set("X-Api-Key", readOnly),
  ];
  const stranger = await anybody;
  expectProblem(stranger, 401, "unauthorized", "Authorization");
  expect(stranger.headers["www-authenticate"]).toMatch(/^Bearer/);
  expectProblem(await reader.send({}), 403, "forbidden");
  expectProblem(await instance.http.post("/webhooks/crm").send({}), 401, "unauthorized", "Authorization");
  expectProblem(await send("/webhooks/none", {}), 404, "not-found", "source");
  expectProblem(await send("/forms/none", {}), 404, "not-found", "source");
  expectProblem(
    await send("/forms/contact", { headers: { Origin: "https://evil.example" } }),
    403,
    "forbidden",
    "Origin",
  );
});

test("an address that can't be decoded is malformed, not a fault of ours", async () => {
  expectProblem(await instance.get("/v1/leads/%E0%A4%A"), 400, "malformed");
  expectProblem(await send("/webhooks/%zz", {}), 400, "malformed");
});

describe("a browser on a form gets a page", () => {
  const page = (path: string, { headers = {}, body = "" }: Wrong) =>
    send(path, {
      headers: { ...headers, Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8" },
      body,
    });

  const seen = async (path: string, status: number, wrong: Wrong) => {
    const { headers, text } = await page(path, wrong).expect(status);
    expect(headers["content-type"]).toMatch(/^text\/html/);
    expect(text).toMatch(/<h1>[^<]+<\/h1>/);
    expect(text).toContain(`Reference: ${headers["x-request-id"]}`);
    expect(text).not.toMatch(/<script|undefined|\{"/);
  };

  test.each(EVERYWHERE)("for %s", (_what, status, _kind, _field, wrong) => seen("/forms/contact", status, wrong));

  test("for a form that is not there, and a page that may not post to it", async () => {
    await seen("/forms/none", 404, {});
    await seen("/forms/%zz", 400, {});
    await seen("/forms/contact", 403, { headers: { Origin: "null" } });
  });

  test("that shows what was typed as text", async () => {
    const { text } = await page("/forms/<script>alert(1)</script>", {}).expect(404);
    expect(text).not.toContain("<script");
  });
});

test("every answer has an id of its own, the one its problem names", async () => {
  const answers = await Promise.all([
    instance.http.get("/healthz"),
    instance.get("/v1/leads"),
    instance.get("/nothing"),
    instance.post("/v1/leads", { email: "id@example.com" }),
    instance.http.options("/forms/contact"),
  ]);
  const ids = answers.map(({ headers }) => headers["x-request-id"]);
  expect(new Set(ids).size).toBe(ids.length);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f-]{36}$/);
});

describe("when it is our own fault", () => {
  const log = createLog("silent");
  const http = supertest(
    express()
      .use(requestLog(log))
      .get("/away", () => {
        throw new LeadgateError("unavailable", "The database can't be reached.", { retryAfterSeconds: 4.2 });
      })
      .get("/bug", () => {
        throw new TypeError("can't read ann@example.com of undefined");
      })
      .use(errorHandler(log)),
  );

  test("a service that is away says when to come back", async () => {
    const response = await http.get("/away");
    expectProblem(response, 503, "unavailable");
    expect(response.headers["retry-after"]).toBe("5");
  });

  test("a bug is told as one, without what it was about", async () => {
    const response = await http.get("/bug");
    expectProblem(response, 500, "internal");
    expect(response.text).not.toMatch(/ann@|TypeError|at /);
  });
});

test("what fails behind an answer that was given in full goes nowhere else", async () => {
  const passedOn: unknown[] = [];
  const app = express()
    .get("/", (_request, response) => {
      response.end("answered");
      throw new Error("the work that was given up");
    })
    .use(errorHandler(createLog("silent")))
    .use(((error, _request, _response, _next) => passedOn.push(error)) as express.ErrorRequestHandler);
  await supertest(app).get("/").expect(200, "answered");
  expect(passedOn).toEqual([]);
});
