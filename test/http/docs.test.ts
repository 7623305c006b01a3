import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { DOCS_FILES } from "../../src/http/docs.routes.ts";
import { type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

const policyOf = (headers: Record<string, string>) =>
  new Map(
    headers["content-security-policy"]!.split("; ").map((part) => [part.split(" ")[0]!, part.split(" ").slice(1)]),
  );

describe("the page of the interface", () => {
  test("lets its own files run and nothing else, and loads nothing from elsewhere", async () => {
    const { text, headers } = await instance.http.get("/docs").expect(200);
    const policy = policyOf(headers);
    expect(policy.get("default-src")).toEqual(["'none'"]);
    expect(policy.get("script-src")).toEqual(["'self'"]);
    expect(policy.get("style-src")).toEqual(["'self'"]);
    expect(policy.get("connect-src")).toEqual(["'self'"]);
    expect(headers["content-security-policy"]).not.toMatch(/unsafe|https?:|\*/);
    expect(text).not.toMatch(/https?:\/\//);
    expect(text).not.toMatch(/<script(?![^>]*\bsrc=)|<style|\bon\w+=/);
    const loaded = [...text.matchAll(/(?:src|href)="docs\/([^"]+)"/g)].map((match) => match[1]!);
    expect(loaded.toSorted()).toEqual(DOCS_FILES.toSorted());
  });

  test.each([
    ["swagger-ui.css", "text/css"],
    ["swagger-ui-bundle.js", "text/javascript"],
    ["init.js", "text/javascript"],
  ])("has %s in this very installation", async (file, type) => {
    const { headers, status } = await instance.http.get(`/docs/${file}`);
    expect([status, headers["content-type"]]).toEqual([200, expect.stringContaining(type)]);
    expect(headers["cache-control"]).toContain("max-age=3600");
  });

  test("gives no other file away", async () => {
    for (const file of ["LICENSE", "..%2fmain.js", "%2e%2e%2fapp.js", "init.js%00"]) {
      const { status } = await instance.http.get(`/docs/${file}`);
      expect([400, 404]).toContain(status);
    }
  });

  test("loosens no other page", async () => {
    const { headers } = await instance.http.get("/unsubscribe/x");
    expect(policyOf(headers).has("script-src")).toBe(false);
  });
});
