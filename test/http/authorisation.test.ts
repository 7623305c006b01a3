import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { uuidV7 } from "../../src/base/ids.ts";
import { openApiDocument } from "../../src/http/openapi/document.ts";
import {
  callAs,
  isLetIn,
  KEY_KINDS,
  type KeyKind,
  type MatrixRow,
  makeKeys,
  makeOwn,
  matrixDocument,
} from "../support/authorisation.ts";
import { type MailingInstance, startMailing } from "../support/mailing.ts";
import { type DocumentedOperation, type OpenApi, operationsOf } from "../support/openapi.ts";
import { dump } from "../support/rows.ts";

const PAGE = fileURLToPath(new URL("../../docs/authorisation.md", import.meta.url));
const operations = operationsOf(JSON.parse(JSON.stringify(openApiDocument())) as OpenApi);

let instance: MailingInstance;
let keys: Record<KeyKind, string | undefined>;
/** What a refused caller left behind: nothing. */
const before: Record<string, string[]> = {};
const after: Record<string, string[]> = {};
const rows: MatrixRow[] = [];

beforeAll(async () => {
  instance = await startMailing({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
  keys = await makeKeys(instance);
  const owns = new Map<string, string>();
  for (const { path } of operations) {
    if (path.includes("{id}") && !owns.has(path)) owns.set(path, await makeOwn(instance, path));
  }
  const measured = new Map(
    operations.map((operation) => [operation, {} as Record<KeyKind, MatrixRow["statuses"][KeyKind]>]),
  );
  const measure = async (operation: DocumentedOperation, kind: KeyKind, own: string | undefined) => {
    const answer = await callAs(instance, operation, keys[kind], own);
    const foreign = own === undefined ? null : (await callAs(instance, operation, keys[kind], uuidV7())).status;
    measured.get(operation)![kind] = { own: answer.status, foreign };
  };
  Object.assign(before, await dump(instance.app.database));
  for (const operation of operations) {
    for (const kind of KEY_KINDS.filter((one) => !isLetIn(operation, one)))
      await measure(operation, kind, owns.get(operation.path));
  }
  Object.assign(after, await dump(instance.app.database));
  for (const operation of operations) {
    for (const kind of KEY_KINDS.filter((one) => isLetIn(operation, one))) {
      await measure(operation, kind, owns.has(operation.path) ? await makeOwn(instance, operation.path) : undefined);
    }
  }
  for (const [operation, statuses] of measured) rows.push({ operation, statuses });
}, 240_000);
afterAll(() => instance.close());

const REFUSED = [401, 403];
const nameOf = ({ method, path }: DocumentedOperation) => `${method} ${path}`;

describe("every kind of key on every operation", () => {
  test("the matrix looked at all of them", () => {
    expect(rows.length).toBeGreaterThan(30);
    expect(rows.filter(({ operation }) => operation.path.includes("{id}")).length).toBeGreaterThan(10);
  });

  test("no key, a wrong one and a revoked one are asked for a key; one without the scope is forbidden", () => {
    const wrong = rows.flatMap(({ operation, statuses }) =>
      KEY_KINDS.filter((kind) => !isLetIn(operation, kind)).flatMap((kind) => {
        const isKey = kind === "ingest" || kind === "read" || kind === "admin";
        const needsSignature = operation.path === "/sendgrid/events";
        const expected = isKey && !needsSignature ? 403 : 401;
        return statuses[kind].own === expected ? [] : [`${nameOf(operation)} as ${kind}: ${statuses[kind].own}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  test("a key with the scope is let in, and the administrator's everywhere", () => {
    const wrong = rows.flatMap(({ operation, statuses }) =>
      KEY_KINDS.filter((kind) => isLetIn(operation, kind) && REFUSED.includes(statuses[kind].own)).map(
        (kind) => `${nameOf(operation)} as ${kind}: ${statuses[kind].own}`,
      ),
    );
    expect(wrong).toEqual([]);
  });

  test("a caller who is refused is told the same of an id that is there and of one that is not", () => {
    const telling = rows.flatMap(({ operation, statuses }) =>
      KEY_KINDS.filter((kind) => !isLetIn(operation, kind) && statuses[kind].foreign !== null)
        .filter((kind) => statuses[kind].own !== statuses[kind].foreign)
        .map((kind) => `${nameOf(operation)} as ${kind}`),
    );
    expect(telling).toEqual([]);
  });

  test("an id that belongs to nothing is not found, or was never to be found again", () => {
    const found = rows.flatMap(({ operation, statuses }) =>
      KEY_KINDS.filter((kind) => isLetIn(operation, kind) && statuses[kind].foreign !== null)
        .filter((kind) => ![404, 204].includes(statuses[kind].foreign!))
        .map((kind) => `${nameOf(operation)} as ${kind}: ${statuses[kind].foreign}`),
    );
    expect(found).toEqual([]);
  });

  test("a refused call changes nothing", () => {
    // But when a key was last used.
    const { api_keys: _, ...was } = before;
    const { api_keys: __, ...is } = after;
    expect(Object.keys(was).length).toBeGreaterThan(5);
    expect(is).toEqual(was);
  });

  test("docs/authorisation.md says what is so (npm run authorisation)", () => {
    if (process.env.WRITE_DOCUMENTS === "1") writeFileSync(PAGE, matrixDocument(rows));
    expect(readFileSync(PAGE, "utf8")).toBe(matrixDocument(rows));
  });
});
