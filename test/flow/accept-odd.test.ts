import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { rowsOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

const submissionsOf = (email: string) =>
  rowsOf<{ identity: string; payload: { message: string; attributes: Record<string, unknown> } }>(
    instance.app.database,
    `SELECT identity, payload FROM submissions WHERE lead_id = (SELECT id FROM leads WHERE email = '${email}') ORDER BY received_at`,
  );

/** JSON text, because a lone surrogate does not survive being sent as UTF-8. */
const postText = (path: string, text: string) => instance.post(path, text).set("Content-Type", "application/json");

describe("an id", () => {
  test.each<[string, string]>([
    ["with quotes", `'"); DROP TABLE leads; --`],
    ["with a backslash", "a\\b\\u0000"],
    ["with a percent sign", "100%_"],
    ["with an emoji", "👩‍🚀"],
    ["with line ends and tabs", "a\r\n\tb"],
    ["that looks like another kind's", "hash:0:after:none"],
    ["in another alphabet", "Привет 你好 مرحبا"],
    ["of 255 wide characters", "漢".repeat(255)],
    ["with separators", "a b\u001fc"],
  ])("%s is taken once", async (name, submissionId) => {
    const email = `id${name.length}-${submissionId.length}@example.com`;
    const post = () => instance.post("/v1/leads", { email, submissionId });
    expect((await post()).status).toBe(201);
    expect((await post()).headers).toHaveProperty("idempotent-replayed", "true");
    expect(await submissionsOf(email)).toHaveLength(1);
  });

  test("of ten thousand characters, as a sender or form may send it, is taken once", async () => {
    const post = () =>
      instance.http.post("/forms/contact").send({ _submission_id: "x".repeat(10_000), email: "long@example.com" });
    expect((await post()).text).toBe((await post()).text);
    expect(await submissionsOf("long@example.com")).toHaveLength(1);
  });

  test.each(["\\u0000", "a\\u0000b", "\\ud800", "x\\udc00y"])("with %s is taken, never a server error", async (id) => {
    const text = `{"email":"nul@example.com","submissionId":"${id}-1"}`;
    const first = await postText("/v1/leads", text);
    expect(first.status).toBeLessThan(300);
    expect((await postText("/v1/leads", text)).text).toBe(first.text);
  });
});

test("U+0000 is stripped and half characters are replaced, everywhere, and the rest is kept to the letter", async () => {
  const message = "a\\u0000b \\ud83d c \\udc00 d 👍 \\\\u0000 e\\u2028f";
  await postText("/webhooks/odd", `{"email":"odd@example.com","message":"${message}","k\\u0000\\udfff":["\\ud800"]}`);
  const [kept] = await submissionsOf("odd@example.com");
  expect(kept!.payload.message).toBe("ab \ufffd c \ufffd d 👍 \\u0000 e\u2028f");
  expect(kept!.payload.attributes).toEqual({ "k\ufffd": ["\ufffd"] });
  const { body } = await instance.get("/v1/leads?email=odd@example.com");
  expect(body.data[0]).toMatchObject({ message: "ab \ufffd c \ufffd d 👍 \\u0000 e\u2028f" });
});

test("names that objects treat in ways of their own are attributes like any other", async () => {
  const text =
    '{"email":"proto@example.com","constructor":"c","toString":"t","hasOwnProperty":1,"__proto__":{"admin":true}}';
  expect((await postText("/webhooks/odd", text)).status).toBe(200);
  const again = { email: "proto@example.com", constructor: "c2", valueOf: "v" };
  expect((await instance.post("/webhooks/odd", again)).body.outcome).toBe("updated");
  const { body } = await instance.get("/v1/leads?email=proto@example.com");
  expect(body.data[0].attributes).toEqual({ constructor: "c2", toString: "t", hasOwnProperty: 1, valueOf: "v" });
});

test("numbers, texts and empty values keep their kind", async () => {
  const attributes = {
    zero: 0,
    off: false,
    deep: { list: [1, null, "", { a: [] }] },
    big: 1e21,
    small: 5e-324,
    neg: -0.5,
  };
  await instance.post("/v1/leads", { email: "kinds@example.com", attributes });
  const { body } = await instance.get("/v1/leads?email=kinds@example.com");
  expect(body.data[0].attributes).toEqual(attributes);
});
