import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { describeCorpus } from "../support/corpora.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

interface Row {
  readonly name: string;
  readonly expected: "y" | "n" | "i";
  readonly body_base64: string;
}

describeCorpus<Row>("json-suite.json", "JSON at the ways in", (rows) => {
  let instance: Instance;
  beforeAll(async () => {
    instance = await startInstance();
  });
  afterAll(() => instance.close());

  const send = async (path: string, { name, body_base64 }: Row): Promise<[name: string, status: number]> => {
    const { status } = await instance.http
      .post(path)
      .set({ "X-Api-Key": ADMIN_KEY, "Content-Type": "application/json" })
      .serialize((body) => body as string)
      .send(Buffer.from(body_base64, "base64"));
    return [name, status];
  };

  test.each(["/webhooks/json", "/v1/leads", "/forms/json"])(
    "%s refuses what is no JSON with 400, and breaks on nothing",
    async (path) => {
      const answers = { y: [] as [string, number][], n: [] as [string, number][], i: [] as [string, number][] };
      for (const row of rows) answers[row.expected].push(await send(path, row));
      expect(answers.n.filter(([, status]) => status !== 400)).toEqual([]);
      expect([...answers.y, ...answers.i].filter(([, status]) => status < 200 || status >= 500)).toEqual([]);
      expect(answers.n.length * answers.y.length).toBeGreaterThan(0);
    },
  );

  test("what is JSON is read: as an item of an array it is answered by itself", async () => {
    for (const row of rows.filter(({ expected }) => expected === "y")) {
      const body = Buffer.concat([Buffer.from("["), Buffer.from(row.body_base64, "base64"), Buffer.from("]")]).toString(
        "utf8",
      );
      const response = await instance.post("/webhooks/json", body).type("json");
      expect([row.name, response.status, response.body.results?.length]).toEqual([row.name, 200, 1]);
    }
  });
});
