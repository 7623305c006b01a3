import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { apiSnippet, curlSnippet, formSnippet, zapierSteps } from "../../web/src/snippets.ts";
import { leadOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

/** What a shell makes of a request written for curl: where it goes, its headers, its body. */
function curl(snippet: string) {
  const url = new URL(/curl (\S+)/.exec(snippet)![1]!);
  const headers = [...snippet.matchAll(/-H "([^:]+): ([^"]+)"/g)].map(([, name, value]) => [name!, value!]);
  return {
    path: url.pathname,
    headers: Object.fromEntries(headers) as Record<string, string>,
    body: /-d '(.+)'/.exec(snippet)![1]!,
  };
}

test("the form that is given to copy makes a lead when it is filled in, and gives robots away", async () => {
  const html = formSnippet(
    "https://leads.example.com",
    "contact",
    "website2",
    "https://www.example.com/thanks?a=1&b=2",
  );
  const action = /action="([^"]+)"/.exec(html)![1]!;
  const names = [...html.matchAll(/name="([^"]+)"/g)].map(([, name]) => name!);
  expect(names).toEqual(["name", "email", "message", "consent", "website2", "_redirect"]);
  expect(html).toContain("?a=1&amp;b=2");
  const fields = { name: "Ann Example", email: "form@example.com", message: "Hello", consent: "on" };
  await instance.http.post(new URL(action).pathname).type("form").send(fields).expect(200);
  expect(await leadOf(instance, "form@example.com")).toMatchObject({
    firstName: "Ann",
    lastName: "Example",
    consent: true,
  });
});

test.each([
  ["a form", curlSnippet("https://leads.example.com", "contact", "form")],
  ["a webhook", curlSnippet("https://leads.example.com", "contact", "webhook")],
  ["own code", apiSnippet("https://leads.example.com")],
])("the request for curl that is given for %s makes a lead", async (what, snippet) => {
  const { path, headers, body } = curl(snippet);
  const email = `${what.replace(" ", "-")}@example.com`;
  const sent = { ...(JSON.parse(body) as object), email };
  const { Authorization: _placeholder, ...rest } = headers;
  const answer = await instance.post(path, sent).set(rest);
  expect(answer.status).toBeLessThan(300);
  expect(await leadOf(instance, email)).not.toBeNull();
});

test("the steps for Zapier name the address to post to", () => {
  expect(zapierSteps("https://leads.example.com", "zapier").join("\n")).toContain(
    "https://leads.example.com/webhooks/zapier",
  );
});
