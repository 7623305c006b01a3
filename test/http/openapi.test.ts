import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { Validator } from "@seriousme/openapi-schema-validator";
import { uuidV7 } from "../../src/base/ids.ts";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import { addKey } from "../support/answers.ts";
import { type MailingInstance, startMailing } from "../support/mailing.ts";
import { createAnswerCheck, type OpenApi, operationsOf, routesOf } from "../support/openapi.ts";
import { drivesOf } from "../support/openapi-drives.ts";

const document = JSON.parse(JSON.stringify(openApiDocument())) as OpenApi;
const operations = operationsOf(document);
const check = createAnswerCheck(document);

let instance: MailingInstance;
beforeAll(async () => {
  instance = await startMailing({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
});
afterAll(() => instance.close());

test("the document is valid by the official schema of OpenAPI 3.1", async () => {
  const { valid, errors } = await new Validator().validate(
    structuredClone(document) as object as Record<string, unknown>,
  );
  expect(errors).toBeUndefined();
  expect(valid).toBe(true);
  expect(document).toMatchObject({ openapi: "3.1.0" });
});

test("every route is in the document, and every operation of it is a route", () => {
  // What the page for people alone calls is told in docs/admin.md.
  const routes = routesOf(instance.app.http).filter((route) => !/ \/admin\b/.test(route));
  expect(routes.length).toBeGreaterThan(20);
  const documented = operations.map(({ method, path }) => `${method} ${path}`);
  expect(routes.toSorted()).toEqual(documented.toSorted());
});

test("every operation has a name of its own, a summary, and an answer", () => {
  const ids = operations.map(({ operationId }) => operationId);
  expect(new Set(ids).size).toBe(ids.length);
  for (const operation of operations) expect(Object.keys(operation.responses)).not.toEqual([]);
});

test("every error the document tells of is a problem of RFC 9457, with an example", () => {
  const errors = operations.flatMap(({ operationId, responses }) =>
    Object.entries(responses)
      .filter(([status]) => Number(status) >= 400)
      .map(([status, { $ref, content = {} }]) => [operationId, status, $ref ?? Object.keys(content).join()]),
  );
  expect(errors.length).toBeGreaterThan(50);
  // Pages for people, and readiness, which monitors read.
  const others = errors.filter(([, status, told]) => told !== `#/components/responses/Problem${status}`);
  expect(others.map(([id, status]) => `${id} ${status}`).toSorted()).toEqual([
    "confirm 404",
    "confirmPage 404",
    "getReadiness 503",
    "unsubscribe 404",
    "unsubscribePage 404",
  ]);
  for (const { content = {} } of Object.values(document.components.responses)) {
    expect(Object.keys(content)).toEqual(["application/problem+json"]);
  }
});

test("every example is what its schema says", () => {
  let seen = 0;
  const faults: string[] = [];
  for (const { path, method, requestBody } of operations) {
    for (const [type, { example }] of Object.entries(requestBody?.content ?? {})) {
      seen++;
      const pointer = ["paths", path, method, "requestBody", "content", type, "schema"];
      faults.push(...check.faultsOfExample(pointer, example));
    }
  }
  for (const [name, { content = {} }] of Object.entries(document.components.responses)) {
    const { examples } = content["application/problem+json"] as { examples: Record<string, { value: unknown }> };
    for (const { value } of Object.values(examples)) {
      seen++;
      const pointer = ["components", "responses", name, "content", "application/problem+json", "schema"];
      faults.push(...check.faultsOfExample(pointer, value));
    }
  }
  expect(faults).toEqual([]);
  expect(seen).toBeGreaterThan(20);
});

describe("each operation answers as the document says", () => {
  test.each(operations.map((operation) => [operation.operationId, operation] as const))("%s", async (id, operation) => {
    const answers = await drivesOf(instance)[id]!();
    const faults = answers.flatMap((answer) => check.faultsOf(id, answer));
    expect(faults).toEqual([]);
    // The answers a caller hopes for have all been seen, but those that need what is out of reach here.
    const hoped = Object.keys(operation.responses).filter(
      (status) => Number(status) < 400 && !OUT_OF_REACH.has(`${id} ${status}`),
    );
    expect(answers.map(({ status }) => String(status))).toEqual(expect.arrayContaining(hoped));
  });

  test.each(
    operations
      .filter(({ security }) => security.some((one) => "bearer" in one))
      .map((one) => [one.operationId, one] as const),
  )("%s, to a caller without a key and to one whose key may not", async (id, { method, path, security }) => {
    const address = path.replace("{id}", uuidV7()).replace("{source}", "hook");
    const call = () => instance.http[method as "get"](address);
    const answers = [await call()];
    const [scope] = security[0]!.bearer!;
    if (scope !== undefined) {
      const key = await addKey(instance, scope === "ingest" ? "read" : "ingest");
      answers.push(await call().set("Authorization", `Bearer ${key}`));
    }
    expect(answers.map(({ status }) => status)).toEqual(scope === undefined ? [401] : [401, 403]);
    expect(answers.flatMap((answer) => check.faultsOf(id, answer))).toEqual([]);
  });

  test("no operation is driven that is not there", () => {
    expect(Object.keys(drivesOf(instance)).toSorted()).toEqual(
      operations.map(({ operationId }) => operationId).toSorted(),
    );
  });
});

/** A form without `redirects` sends nobody anywhere; receipts are given with the database away (spool.test.ts). */
const OUT_OF_REACH = new Set(["postForm 303", "postLeads 202", "postEvents 202"]);
