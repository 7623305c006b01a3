import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { get as httpGet, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { parse } from "csv-parse/sync";
import { addKey, expectProblem } from "../support/answers.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";
import { rowsOf } from "../support/rows.ts";

const logged: string[] = [];
let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ onLog: (line) => void logged.push(line) });
});
afterAll(() => instance.close());

const COLUMNS = [
  ...["id", "email", "emailAsGiven", "firstName", "lastName", "phone", "company", "jobTitle", "website", "country"],
  ...["message", "status", "suppressed", "consent", "source", "utm.source", "utm.medium", "utm.campaign", "utm.term"],
  ...["utm.content", "attributes", "submissionCount", "createdAt", "updatedAt", "lastSubmissionAt"],
];

/** A reader of RFC 4180 that forgives nothing: quotes where they must be, CRLF, the same columns on every line. */
const strictly = (text: string): Record<string, string>[] =>
  parse(text, { record_delimiter: "\r\n", columns: true, relax_column_count: false, relax_quotes: false });
const VALUES = [
  ...["=1+1", "+1+1", "-1+1", "@A1", "\t=1+1", "\r=1+1", "\n=1+1", "\0=1+1", "＝1+1", "＋1", "－1", "＠A1", "=", "-"],
  ...[" =1+1", '"=1+1', "a\n=1+1", "a,=1+1", "a;=1+1", 'a","=1+1', "\u200b=1+1", "\ufeff=1+1", "+44 20 7946 0958"],
];
/** More of them, where the checkout has the shared corpora beside it. */
function corpus(): string[] {
  const file = join(process.env.CORPORA_DIR ?? "../shared/corpora", "csv-injection.json");
  if (!existsSync(file)) return [];
  return JSON.parse(readFileSync(file, "utf8")).cases.map(({ value }: { value: string }) => value);
}

const csvOf = async (query = "") => {
  const response = await instance.get(`/v1/leads/export?format=csv${query}`).expect(200);
  return { response, rows: strictly(response.text) };
};
const ndjsonOf = async (path: string) => {
  const { text, headers } = await instance.get(path).buffer(true).parse(asText).expect(200);
  expect(headers["content-type"]).toBe("application/x-ndjson");
  return (text === undefined ? "" : text)
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
};
const asText = (response: unknown, done: (error: null, text: string) => void) => {
  let text = "";
  const stream = response as IncomingMessage & { text: string };
  stream.setEncoding("utf8");
  stream.on("data", (chunk: string) => {
    text += chunk;
  });
  stream.on("end", () => {
    stream.text = text;
    done(null, text);
  });
};

test("a lead comes out with every field, its attributes as JSON and its campaign in columns", async () => {
  const { body } = await instance.post("/v1/leads", {
    email: "Csv@Example.com",
    company: 'Say "hi", Ltd\r\nLondon',
    message: "line\nbreak",
    consent: false,
    utm: { source: "ads", term: "a,b" },
    attributes: { plan: "pro", nested: { list: [1, "ü"] } },
  });
  const { response, rows } = await csvOf("&email=csv@example.com");
  expect(response.headers).toMatchObject({
    "content-type": "text/csv; charset=utf-8; header=present",
    "content-disposition": 'attachment; filename="leads-2026-03-01.csv"',
  });
  expect(response.text.split("\r\n")[0]).toBe(COLUMNS.join(","));
  expect(Object.keys(rows[0]!)).toEqual(COLUMNS);
  const { attributes, ...cells } = rows[0]!;
  expect(JSON.parse(attributes!)).toEqual({ plan: "pro", nested: { list: [1, "ü"] } });
  expect(cells).toMatchObject({
    ...{ id: body.id, email: "csv@example.com", emailAsGiven: "Csv@Example.com", message: "line\nbreak" },
    ...{ company: 'Say "hi", Ltd\r\nLondon', consent: "false", suppressed: "false", status: "new", phone: "" },
    ...{ "utm.source": "ads", "utm.term": "a,b", "utm.medium": "", submissionCount: "1" },
    createdAt: instance.clock.now().toISOString(),
  });
  const [lead] = await ndjsonOf("/v1/leads/export?format=ndjson&email=csv@example.com");
  expect(lead).toEqual((await instance.get(`/v1/leads/${body.id}`)).body);
});

test("no value becomes a formula in a spreadsheet, and none breaks the table", async () => {
  const values = [...VALUES, ...corpus()].map((value) => value.replaceAll("\0", ""));
  const items = values.map((value, n) => ({
    email: `csv${n}@injection.example`,
    company: value,
    attributes: { [value]: value },
  }));
  await instance.post("/v1/leads", items).expect(200);
  const { rows } = await csvOf("&q=@injection.example");
  expect(rows).toHaveLength(values.length);
  for (const row of rows) {
    const value = values[Number(/^csv(\d+)@/.exec(row.email!)![1])]!;
    const dangerous = /^[=+\-@\t\r\n＝＋－＠]/.test(value);
    expect(row.company).toBe(dangerous ? `'${value}` : value);
    for (const cell of Object.values(row)) expect(cell).not.toMatch(/^[=+\-@\t\r\n\0＝＋－＠]/);
  }
});

describe("of many leads", () => {
  beforeAll(async () => {
    await rowsOf(
      instance.app.database,
      `INSERT INTO leads (id, email, email_as_given, source, stamps, company, created_at, updated_at, last_submission_at)
      SELECT gen_random_uuid(), 'many' || n || '@many.example', 'many' || n || '@many.example', 'bulk', '{}', 'Bulk',
        timestamptz '2026-01-01' + (n / 3) * interval '1 s', '2026-02-01', '2026-02-01'
      FROM generate_series(1, 2500) n RETURNING 1`,
    );
  });

  test("each comes once, over page borders and equal times, in the order asked for", async () => {
    for (const sort of ["createdAt", "-createdAt", "updatedAt", "-updatedAt"]) {
      const rows = await ndjsonOf(`/v1/leads/export?format=ndjson&source=bulk&sort=${sort}`);
      expect(new Set(rows.map(({ email }) => email)).size).toBe(2_500);
      expect(rows).toHaveLength(2_500);
      const times = rows.map((row) => String(row[sort.replace("-", "")]));
      const sorted = times.toSorted();
      expect(times).toEqual(sort.startsWith("-") ? sorted.reverse() : sorted);
    }
    expect((await csvOf("&source=bulk")).rows).toHaveLength(2_500);
  });

  test("the filters are those of the list", async () => {
    const query = "source=bulk&createdAfter=2026-01-01T00:05:00Z&createdBefore=2026-01-01T00:06:00Z";
    const rows = await ndjsonOf(`/v1/leads/export?format=ndjson&${query}`);
    const { body } = await instance.get(`/v1/leads?limit=200&sort=createdAt&${query}`);
    expect(rows).toEqual(body.data);
    expect(rows.length).toBeGreaterThan(100);
  });

  test("none gives a header and no line, or nothing at all", async () => {
    expect((await csvOf("&source=nobody")).response.text).toBe(`${COLUMNS.join(",")}\r\n`);
    expect(await ndjsonOf("/v1/leads/export?format=ndjson&source=nobody")).toEqual([]);
  });
});

describe("over a connection", () => {
  let server: Server;
  let url: string;
  beforeAll(async () => {
    await rowsOf(
      instance.app.database,
      `INSERT INTO leads (id, email, email_as_given, source, stamps, message, created_at, updated_at, last_submission_at)
      SELECT gen_random_uuid(), 'big' || n || '@big.example', '', 'big', '{}', repeat('x', 8000), '2026-01-01', '2026-01-01',
        '2026-01-01' FROM generate_series(1, 4000) n RETURNING 1`,
    );
    server = instance.app.http.listen(0, "127.0.0.1");
    await once(server, "listening");
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/leads/export?source=big`;
  });
  afterAll(() => void server.close());

  const open = async () => {
    const request = httpGet(url, { headers: { authorization: `Bearer ${ADMIN_KEY}` } });
    const [response] = (await once(request, "response")) as [IncomingMessage];
    return { request, response };
  };
  const connections = () => new Promise<number>((resolve) => server.getConnections((_, count) => resolve(count)));

  test("a caller who goes away ends it, without a complaint in the log", async () => {
    const { request, response } = await open();
    await once(response, "readable");
    logged.length = 0;
    request.destroy();
    while ((await connections()) > 0) await new Promise((resolve) => setImmediate(resolve));
    await instance.get("/v1/stats").expect(200);
    expect(logged.filter((line) => /"level":(50|60)|broke off/.test(line))).toEqual([]);
  });

  test("what fails under way cuts the connection, so that half a file is never taken for a whole one", async () => {
    const { response } = await open();
    await once(response, "readable");
    await rowsOf(instance.app.database, "ALTER TABLE leads RENAME TO leads_away");
    logged.length = 0;
    response.resume();
    const [error] = (await once(response, "error")) as [NodeJS.ErrnoException];
    expect(error.code).toBe("ECONNRESET");
    expect(response.complete).toBe(false);
    const failed = await instance.get("/v1/leads/export");
    await rowsOf(instance.app.database, "ALTER TABLE leads_away RENAME TO leads");
    expect(logged.join()).toContain("an export broke off");
    // Nothing was sent yet, so this one is an error like any other.
    expectProblem(failed, 500, "internal");
    expect(failed.headers["content-disposition"]).toBeUndefined();
  });
});

test("what was ever sent comes out whole, for a replay elsewhere", async () => {
  const { body } = await instance
    .post("/v1/leads", { email: "sent@example.com", note: 1 })
    .set("Idempotency-Key", "export-1");
  await instance.post("/v1/leads", { email: "sent@example.com", note: 1 }).set("Idempotency-Key", "export-1");
  const event = { id: "export-e", type: "paid", email: "sent@example.com", value: 5, source: "shop", data: { n: 1 } };
  await instance.post("/v1/events", event).expect(201);
  const items = await ndjsonOf("/v1/submissions/export?format=ndjson");
  expect(items.find(({ id }) => id === body.submissionId)).toEqual({
    type: "submission",
    id: body.submissionId,
    leadId: body.id,
    source: "api",
    identity: "key:export-1",
    contentHash: expect.stringMatching(/^[0-9a-f]{64}$/),
    payload: { email: "sent@example.com", attributes: { note: 1 } },
    outcome: "created",
    occurredAt: instance.clock.now().toISOString(),
    receivedAt: instance.clock.now().toISOString(),
    replayCount: 1,
  });
  expect(items.find(({ eventId }) => eventId === "export-e")).toMatchObject({
    ...{
      type: "event",
      email: "sent@example.com",
      eventType: "paid",
      value: 5,
      source: "shop",
      data: { n: 1 },
      replayCount: 0,
    },
  });
  const all = await rowsOf<{ id: string }>(instance.app.database, "SELECT id FROM submissions");
  expect(
    items
      .filter(({ type }) => type === "submission")
      .map(({ id }) => id)
      .sort(),
  ).toEqual(all.map(({ id }) => id).sort());
});

test("HEAD tells what would come, without making it", async () => {
  const { headers, text } = await instance.http.head("/v1/leads/export").set("X-Api-Key", ADMIN_KEY).expect(200);
  expect([headers["content-type"], text]).toEqual(["text/csv; charset=utf-8; header=present", undefined]);
});

test("what is refused says why", async () => {
  expectProblem(await instance.get("/v1/leads/export?format=xlsx"), 400, "malformed", "format");
  expectProblem(await instance.get("/v1/leads/export?limit=5"), 400, "malformed", "limit");
  const [sender, reader] = [await addKey(instance, "ingest"), await addKey(instance, "read")];
  expectProblem(await instance.http.get("/v1/leads/export").set("X-Api-Key", sender), 403, "forbidden");
  expectProblem(await instance.http.get("/v1/submissions/export").set("X-Api-Key", reader), 403, "forbidden");
});
