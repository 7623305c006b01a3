import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { TEXT_FIELDS } from "../../src/lead/types.ts";
import { leadOf } from "../support/answers.ts";
import { describeCorpus } from "../support/corpora.ts";
import { type Instance, startInstance } from "../support/instance.ts";

/** Longer than this for one form of some kilobytes is a hang. */
const HANG_MS = 2_000;

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

async function send(contentType: string, body: Buffer): Promise<number> {
  const begun = performance.now();
  const { status } = await instance.http
    .post("/forms/corpus")
    .set("Content-Type", contentType)
    .serialize((sent) => sent as string)
    .send(body);
  expect(performance.now() - begun).toBeLessThan(HANG_MS);
  return status;
}

/** Fields of a lead that do not read as they were sent: as an attribute, or as a field of the lead's own. */
async function misread(email: string, fields: readonly (readonly [string, string])[]) {
  const lead = await leadOf(instance, email);
  if (lead === null) return fields;
  return fields.filter(
    ([name, value]) => lead.attributes[name] !== value && !TEXT_FIELDS.some((field) => lead[field] === value),
  );
}

interface Urlencoded {
  readonly body: string;
  readonly body_base64?: string;
  readonly charset?: string;
  readonly expected?: Record<string, unknown>;
}

/** Flat fields that qs and the URL standard read the same, and that say something. */
function agreed({ body, charset, expected }: Urlencoded): [string, string][] {
  if (charset !== undefined) return [];
  const pairs = [...new URLSearchParams(body)];
  return pairs.filter(([name, value]) => {
    const once = pairs.filter(([other]) => other === name).length === 1;
    return once && expected?.[name] === value && value.trim() !== "" && !/^email$|^_|[[\].]/i.test(name);
  });
}

describeCorpus<Urlencoded>("urlencoded.json", "urlencoded forms", (rows) => {
  test("none breaks the service, makes it hang or changes what every object inherits", async () => {
    const before = Object.getOwnPropertyNames(Object.prototype).join();
    const broken: [string, number][] = [];
    for (const { body, body_base64, charset } of rows) {
      const bytes = body_base64 === undefined ? Buffer.from(body) : Buffer.from(body_base64, "base64");
      const type = `application/x-www-form-urlencoded${charset === undefined ? "" : `; charset=${charset}`}`;
      const status = await send(type, bytes);
      if (status < 200 || status >= 500) broken.push([body, status]);
    }
    expect(broken).toEqual([]);
    expect(Object.getOwnPropertyNames(Object.prototype).join()).toBe(before);
  });

  test("what all parsers agree on reads the same, beside an address", async () => {
    const wrong: unknown[] = [];
    let read = 0;
    for (const [at, row] of rows.entries()) {
      const fields = agreed(row);
      if (fields.length === 0) continue;
      read += fields.length;
      const email = `urlencoded${at}@example.com`;
      const status = await send("application/x-www-form-urlencoded", Buffer.from(`email=${email}&${row.body}`));
      const missed = await misread(email, fields);
      if (status !== 200 || missed.length > 0) wrong.push({ body: row.body, status, missed });
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(0);
  });
});

interface Multipart {
  readonly name: string;
  readonly content_type?: string;
  readonly body_base64: string;
  readonly limits?: string;
  readonly ok: boolean | null;
  readonly busboy: string;
  readonly busboy_fields?: [string, string][];
  readonly expected?: readonly { readonly type?: string; readonly name?: string; readonly value?: string }[];
}

/** Text fields on which the row's own parser and busboy agree. */
function agreedParts({ ok, busboy, limits, expected = [], busboy_fields = [] }: Multipart): [string, string][] {
  if (ok !== true || busboy !== "ok" || limits !== undefined) return [];
  return busboy_fields.filter(
    ([name, value]) =>
      value.trim() !== "" &&
      expected.some((part) => part.type === "field" && part.name === name && part.value === value),
  );
}

/** The body with a field `email` before all others. */
function withEmail(contentType: string, body: Buffer, email: string): Buffer {
  const boundary = /boundary="?([^";]+)"?/i.exec(contentType)?.[1] ?? "";
  return Buffer.concat([
    Buffer.from(`--${boundary}\r\nContent-Disposition: form-data; name="email"\r\n\r\n${email}\r\n`),
    body.subarray(Math.max(body.indexOf(`--${boundary}`), 0)),
  ]);
}

describeCorpus<Multipart>("multipart.json", "multipart forms", (rows) => {
  test("none breaks the service or makes it hang, with an address and without", async () => {
    const broken: [string, number][] = [];
    for (const { name, content_type: type = "", body_base64 } of rows) {
      const body = Buffer.from(body_base64, "base64");
      for (const sent of [body, withEmail(type, body, "multipart@example.com")]) {
        const status = await send(type, sent);
        if (status < 200 || status >= 500) broken.push([name, status]);
      }
    }
    expect(broken).toEqual([]);
  });

  test("text that all parsers agree on reads the same, and no file's content is kept", async () => {
    const wrong: unknown[] = [];
    let read = 0;
    for (const [at, row] of rows.entries()) {
      const fields = agreedParts(row);
      if (fields.length === 0) continue;
      read += fields.length;
      const email = `multipart${at}@example.com`;
      const type = row.content_type!;
      const status = await send(type, withEmail(type, Buffer.from(row.body_base64, "base64"), email));
      const missed = await misread(email, fields);
      if (status !== 200 || missed.length > 0) wrong.push({ name: row.name, status, missed });
    }
    expect(wrong).toEqual([]);
    expect(read).toBeGreaterThan(0);
    const { body } = await instance.get("/v1/leads?q=multipart&limit=200");
    expect(JSON.stringify(body)).not.toContain("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
  });
});
