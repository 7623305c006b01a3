import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

test("the same person posting twice at once is one lead, welcomed once", async () => {
  const post = () => instance.post("/v1/leads", { email: "twin@example.com", firstName: "Twin" });
  const answers = await Promise.all(Array.from({ length: 50 }, post));
  expect(new Set(answers.map(({ text }) => text)).size).toBe(1);
  expect(answers.filter(({ headers }) => headers["idempotent-replayed"] === undefined)).toHaveLength(1);
  const { body } = await instance.get("/v1/leads?email=twin@example.com");
  expect(body.data).toHaveLength(1);
  const messages = await instance.get(`/v1/messages?leadId=${body.data[0].id}`);
  expect(messages.body.data).toHaveLength(1);
});
