import { gzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem, leadOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

/** JSON as it is written here, to the character. */
const json = (path: string, body: string) => instance.post(path, body).type("json");
const form = (body: string | Buffer, type = "application/x-www-form-urlencoded") =>
  instance.http
    .post("/forms/site")
    .set("Content-Type", type)
    .serialize((sent) => sent as string)
    .send(body);

describe("text", () => {
  test("keeps every character but U+0000, and half a surrogate pair becomes the sign for what can't be read", async () => {
    const sent = String.raw`a\u0000b \ud800 \udc00x \ud83d\ude00 \u202e\u200b\ufeff\u0007\u001b[31m`;
    const kept = "ab \ufffd \ufffdx 😀 \u202e\u200b\ufeff\u0007\u001b[31m";
    for (const path of ["/v1/leads", "/webhooks/site", "/forms/site"]) {
      const email = `text${path.replaceAll("/", "-")}@example.com`;
      await json(path, `{"email":"${email}","message":"${sent}","k\\u0000ey":"${sent}","company":"\\u0000"}`);
      expect(await leadOf(instance, email)).toMatchObject({ message: kept, attributes: { key: kept }, company: null });
    }
  });

  test("of a form is taken byte for byte, whatever the escapes", async () => {
    const said = "ü%41+\u00a0 \t\r\n\"'\\<>&=;%ZZ 100%";
    await form(`email=escapes%40example.com&message=${encodeURIComponent(said)}&raw=ü%zz%4&a=b=c&only&q=%00x`).expect(
      200,
    );
    expect(await leadOf(instance, "escapes@example.com")).toMatchObject({
      message: said,
      attributes: { raw: "ü%zz%4", a: "b=c", q: "x" },
    });
  });

  test("of a page in Latin-1 is read as what was typed, whether it says so or not", async () => {
    const type = "application/x-www-form-urlencoded";
    const spellings: [string, Buffer | string, string][] = [
      ["declared", "email=declared%40example.com&Pr%E9nom=Zo%EB+%80", `${type}; charset=ISO-8859-1`],
      ["quoted", "email=quoted%40example.com&Pr%E9nom=Zo%EB+%80", `${type};charset="windows-1252"`],
      ["silent", "email=silent%40example.com&Pr%E9nom=Zo%EB+%80", type],
      ["bytes", Buffer.from("email=bytes@example.com&Pr\xe9nom=Zo\xeb \x80", "latin1"), type],
      ["json", Buffer.from('{"email":"json@example.com","Pr\xe9nom":"Zo\xeb \x80"}', "latin1"), "application/json"],
    ];
    for (const [name, body, contentType] of spellings) {
      await form(body, contentType).expect(200);
      expect(await leadOf(instance, `${name}@example.com`)).toMatchObject({ firstName: "Zoë €" });
    }
  });

  test("of a form in Latin-1 with a file is too", async () => {
    const part = (name: string, value: string, file = "") =>
      `--x\r\nContent-Disposition: form-data; name="${name}"${file && `; filename="${file}"`}\r\n\r\n${value}\r\n`;
    const body = `${part("email", "latin@example.com")}${part("Pr\xe9nom", "Zo\xeb")}${part("cv", "\xff\x00", "\xe4.pdf")}--x--\r\n`;
    await form(Buffer.from(body, "latin1"), "multipart/form-data; boundary=x").expect(200);
    expect(await leadOf(instance, "latin@example.com")).toMatchObject({
      firstName: "Zoë",
      attributes: { cv: "ä.pdf" },
    });
  });

  test("in UTF-8 that was cut in a character loses that character alone", async () => {
    const cut = Buffer.concat([
      Buffer.from('{"email":"cut@example.com","message":"Zoë '),
      Buffer.from([0xf0, 0x9f]),
      Buffer.from('"}'),
    ]);
    await form(cut, "application/json").expect(200);
    expect((await leadOf(instance, "cut@example.com")).message).toMatch(/^Zoë \ufffd+$/);
  });

  test("after a byte order mark is read as if it were not there, and one inside a value is kept", async () => {
    await json("/v1/leads", '\ufeff{"email":"bom@example.com","message":"\ufeffx"}').expect(201);
    await form("\ufeffemail=bom2%40example.com&message=%EF%BB%BFx").expect(200);
    for (const name of ["bom", "bom2"]) {
      expect((await leadOf(instance, `${name}@example.com`)).message).toBe("\ufeffx");
    }
  });
});

describe("names that every object has", () => {
  test("are kept as attributes or left out, and change nothing for anybody else", async () => {
    const names = `"constructor":"c","toString":"t","valueOf":{"a":1},"hasOwnProperty":"h","__defineGetter__":"d"`;
    const evil = `"__proto__":{"polluted":1},"nested":{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}}}`;
    for (const path of ["/v1/leads", "/webhooks/site", "/forms/site"]) {
      const email = `proto${path.replaceAll("/", "-")}@example.com`;
      expect((await json(path, `{"email":"${email}",${names},${evil}}`)).status).toBeLessThan(300);
      const { attributes } = await leadOf(instance, email);
      expect(attributes).toMatchObject({ constructor: "c", toString: "t", valueOf: { a: 1 }, hasOwnProperty: "h" });
      expect(JSON.stringify(attributes)).not.toContain("polluted");
    }
    await form(
      "email=proto%40example.com&__proto__[polluted]=1&constructor[prototype][polluted]=1&a[__proto__][polluted]=1",
    ).expect(200);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
    expect(JSON.stringify(await leadOf(instance, "proto@example.com"))).not.toContain("polluted");
  });

  test("are no field's name in disguise", async () => {
    const { status } = await json(
      "/webhooks/site",
      '{"email":"alias@example.com","constructor":{"value":"Ann","title":"Full name"}}',
    );
    expect(status).toBe(200);
    expect(await leadOf(instance, "alias@example.com")).toMatchObject({ firstName: "Ann" });
  });

  test("in the hidden field are a robot's", async () => {
    await json("/forms/site", '{"email":"robot@example.com","_gotcha":{"toString":"x","valueOf":null}}').expect(200);
    expect(await leadOf(instance, "robot@example.com")).toBeNull();
  });
});

describe("numbers", () => {
  test("keep their digits, however many", async () => {
    const numbers =
      '"id":1234567890123456789,"big":1e400,"tiny":-1e-400,"exact":0.1,"long":0.12345678901234567890,"int":9007199254740993';
    await json("/v1/leads", `{"email":"digits@example.com",${numbers}}`).expect(201);
    expect((await leadOf(instance, "digits@example.com")).attributes).toEqual({
      ...{ id: "1234567890123456789", big: "1e400", tiny: "-1e-400", exact: 0.1 },
      ...{ long: "0.12345678901234567890", int: "9007199254740993" },
    });
  });

  test("in a text are left alone", async () => {
    const message = '\\" 12345678901234567890, {\\"a\\":1e400} \\\\';
    await json("/webhooks/site", `{"email":"quoted-digits@example.com","message":"${message}"}`).expect(200);
    expect((await leadOf(instance, "quoted-digits@example.com")).message).toBe(JSON.parse(`"${message}"`));
  });

  test("as a sender's id tell two orders apart", async () => {
    const send = (id: string) => json("/webhooks/site", `{"id":${id},"email":"orders@example.com"}`).expect(200);
    const ids = [await send("9007199254740992"), await send("9007199254740993")].map(({ body }) => body.submissionId);
    expect(ids[0]).not.toBe(ids[1]);
  });
});

test("of a key that comes twice the last is taken in JSON, and both in a form", async () => {
  await json("/v1/leads", '{"email":"x@example.com","email":"twice@example.com","note":"a","note":"b"}').expect(201);
  expect((await leadOf(instance, "twice@example.com")).attributes).toEqual({ note: "b" });
  expect(await leadOf(instance, "x@example.com")).toBeNull();
  await form(`email=both%40example.com&note=a&note=b${"&tick=x".repeat(150)}`).expect(200);
  expect((await leadOf(instance, "both@example.com")).attributes).toEqual({
    note: ["a", "b"],
    tick: Array(150).fill("x"),
  });
});

describe("too much of a thing is refused, and nothing hangs", () => {
  const deep = (depth: number) => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

  test.each([1_000, 100_000])("depth %i", async (depth) => {
    for (const path of ["/v1/leads", "/webhooks/site", "/forms/site"]) {
      const nested = depth > 50_000 ? `${"[".repeat(depth)}${"]".repeat(depth)}` : deep(depth);
      expectProblem(await json(path, `{"email":"deep@example.com","a":${nested}}`), 400, "malformed");
    }
    const { body } = await json(
      "/webhooks/site",
      `[${"[".repeat(depth)}${"]".repeat(depth)},{"email":"beside${depth}@example.com"}]`,
    );
    expect(body.results.map((result: object) => Object.keys(result)[0])).toEqual(["error", "id"]);
    await form(`email=deepform%40example.com&a${"[b]".repeat(depth)}=1&c${"[".repeat(depth)}=1`).expect(200);
    expect(await leadOf(instance, "deep@example.com")).toBeNull();
  });

  test("ten thousand fields", async () => {
    const fields = Array.from({ length: 10_000 }, (_, at) => `f${at}`);
    const object = JSON.stringify({
      email: "many@example.com",
      ...Object.fromEntries(fields.map((name) => [name, 1])),
    });
    for (const path of ["/v1/leads", "/webhooks/site", "/forms/site"])
      expectProblem(await json(path, object), 400, "malformed");
    expectProblem(await form(`email=many%40example.com&${fields.join("=1&")}`), 400, "malformed");
    const parts = fields.map((name) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n1\r\n`);
    const short = parts.map((part) => part.replace("; name", ";name")).join("");
    expectProblem(await form(`${short}--x--`, "multipart/form-data; boundary=x"), 400, "malformed");
    expect(await leadOf(instance, "many@example.com")).toBeNull();
  });

  test("a few thousand fields are an honest form", async () => {
    const fields = Array.from({ length: 4_000 }, (_, at) => `f${at}=v`);
    await form(`email=long%40example.com&${fields.join("&")}`).expect(200);
    expect(Object.keys((await leadOf(instance, "long@example.com")).attributes)).toHaveLength(4_000);
  });

  test("an index of four milliards makes no list of that length", async () => {
    await form("email=index%40example.com&a[4294967295]=1&a[99]=2&b[1000000]=3&c[4999]=4").expect(200);
    const text = JSON.stringify((await leadOf(instance, "index@example.com")).attributes);
    for (const value of ["1", "2", "3", "4"]) expect(text).toContain(`"${value}"`);
    expect(text.length).toBeLessThan(200);
  });

  test("a small body that inflates to a large one", async () => {
    const bomb = gzipSync(Buffer.alloc(100 * 1024 ** 2, 32));
    for (const path of ["/v1/leads", "/webhooks/site", "/forms/site"]) {
      const sent = instance
        .post(path, bomb as unknown as string)
        .set({ "Content-Type": "application/json", "Content-Encoding": "gzip" });
      expectProblem(await sent.serialize((body) => body), 413, "too-large");
    }
  });

  test("a megabyte of text is kept whole, at once", async () => {
    const begun = performance.now();
    const message = "ä".repeat(400_000);
    await instance
      .post("/v1/leads", { email: "long-text@example.com", message, firstName: message.slice(0, 50_000) })
      .expect(201);
    expect((await leadOf(instance, "long-text@example.com")).message).toBe(message);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
