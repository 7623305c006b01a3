import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeCorpus } from "../support/corpora.ts";
import { type Instance, startInstance } from "../support/instance.ts";

interface Row {
  readonly id: string;
  readonly input: string;
  readonly expect: "accept" | "reject" | "either";
}

const FILE = join(process.env.CORPORA_DIR ?? "../shared/corpora", "emails.json");

/** The contract unwraps display names and drops a trailing dot: of these rows the address inside decides. */
function insideOf(input: string): string | undefined {
  const inside = (/<([^<>]*)>$/.exec(input)?.[1] ?? input).replace(/\.$/, "").toLowerCase();
  return inside === input.toLowerCase() ? undefined : inside;
}

describeCorpus<Row>("emails.json", "addresses at the ways in", (rows) => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.close());

  test.each(["/v1/leads", "/webhooks/mail", "/forms/mail"])(
    "%s takes what all accept and refuses what all refuse",
    async (path) => {
      const wrong: [string, string, number][] = [];
      for (const row of rows) {
        const { status, body } = await instance.post(path, { email: row.input });
        const taken = status >= 200 && status < 300;
        const refused = status >= 400 && status < 500;
        const unwrapped = taken && (body.email ?? insideOf(row.input)) === insideOf(row.input);
        const right = { accept: taken, reject: refused || unwrapped, either: taken || refused }[row.expect];
        if (!right) wrong.push([row.id, row.input, status]);
      }
      expect(wrong).toEqual([]);
    },
  );

  test("an array tells each by itself, as it would be told alone", async () => {
    const { body } = await instance
      .post(
        "/webhooks/array",
        rows.map(({ input }) => ({ email: input })),
      )
      .expect(200);
    const wrong = rows.filter((row, at) => {
      const { error, email } = body.results[at];
      if (row.expect === "either") return false;
      return row.expect === "accept" ? error !== undefined : error?.status !== 422 && email !== insideOf(row.input);
    });
    expect(wrong).toEqual([]);
  });

  test("spellings of one address make one lead", async () => {
    const pairs = existsSync(FILE) ? JSON.parse(readFileSync(FILE, "utf8")).must_be_same_lead : [];
    for (const { a, b } of pairs as { a: string; b: string }[]) {
      const [first, second] = [
        await instance.post("/webhooks/same", { email: a }),
        await instance.post("/webhooks/same", { email: b }),
      ];
      expect([b, second.body.id]).toEqual([b, first.body.id]);
    }
  });
});
