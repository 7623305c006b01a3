import type { Response } from "supertest";
import { uuidV7 } from "../../src/base/ids.ts";
import { ADMIN_KEY } from "./instance.ts";
import type { MailingInstance } from "./mailing.ts";
import type { DocumentedOperation } from "./openapi.ts";

export const KEY_KINDS = ["none", "wrong", "revoked", "ingest", "read", "admin"] as const;
export type KeyKind = (typeof KEY_KINDS)[number];

/** What one operation answers to each kind of key. */
export interface MatrixRow {
  readonly operation: DocumentedOperation;
  /** Status for a thing that is there, and for an id that belongs to nothing of this kind; null where there is no id. */
  readonly statuses: Readonly<Record<KeyKind, { readonly own: number; readonly foreign: number | null }>>;
}

/** What the document says a key needs: a scope, nothing but being a key, or something that is no key at all. */
function neededBy({ security }: DocumentedOperation): string {
  if (security.length === 0) return "public";
  const scopes = security.find((scheme) => "bearer" in scheme)?.bearer;
  return scopes === undefined ? "signature" : (scopes[0] ?? "any key");
}

/** Whether a key of a kind gets past the door, by the document. */
export function isLetIn(operation: DocumentedOperation, kind: KeyKind): boolean {
  const needed = neededBy(operation);
  if (needed === "public") return true;
  if (needed === "signature" || kind === "none" || kind === "wrong" || kind === "revoked") return false;
  return needed === "any key" || kind === "admin" || kind === needed;
}

export async function makeKeys(instance: MailingInstance): Promise<Record<KeyKind, string | undefined>> {
  const as = { Authorization: `Bearer ${ADMIN_KEY}` };
  const make = async (scope: string) =>
    (
      await instance.http
        .post("/v1/keys")
        .set(as)
        .send({ name: scope, scopes: [scope] })
        .expect(201)
    ).body;
  const revoked = await make("admin");
  const [ingest, read, admin] = [await make("ingest"), await make("read"), await make("admin")];
  await instance.http.delete(`/v1/keys/${revoked.id}`).set(as).expect(204);
  return {
    none: undefined,
    wrong: `${admin.key}x`,
    revoked: revoked.key,
    ingest: ingest.key,
    read: read.key,
    admin: admin.key,
  };
}

/** Makes something of the kind a path is about. */
export async function makeOwn(instance: MailingInstance, path: string): Promise<string> {
  const email = `${uuidV7()}@example.com`;
  const kind = /^\/v1\/(\w+)\/\{id\}/.exec(path)?.[1];
  if (kind === "messages") return instance.lead(email);
  if (kind === "leads") return (await instance.post("/v1/leads", { email })).body.id;
  if (kind === "quarantine") return (await instance.post("/webhooks/hook", { note: uuidV7() })).body.quarantineId;
  if (kind === "keys") return (await instance.post("/v1/keys", { name: "own", scopes: ["read"] })).body.id;
  const hook = { url: "http://127.0.0.1:18999/", events: ["message.sent"] };
  if (kind === "hooks") return (await instance.post("/v1/hooks", hook)).body.id;
  throw new TypeError(`teach this what ${path} is about`);
}

/** Calls an operation as its example shows. */
export async function callAs(
  instance: MailingInstance,
  { method, path, requestBody }: DocumentedOperation,
  key: string | undefined,
  id = "",
): Promise<Response> {
  const values: Record<string, string> = { id, token: "x", kind: "malformed", file: "init.js" };
  values.source = path.startsWith("/forms") ? "contact" : "hook";
  const address = path.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name]!);
  const request = instance.http[method as "post"](address);
  if (method === "patch") request.set("If-Match", "*");
  if (key !== undefined) request.set("Authorization", `Bearer ${key}`);
  const body = requestBody?.content["application/json"]?.example;
  return body === undefined ? request : request.send(body as object);
}

/** The table of docs/authorisation.md. */
export function matrixDocument(rows: readonly MatrixRow[]): string {
  const lines = rows.map(({ operation, statuses }) => {
    const cells = KEY_KINDS.map((kind) => {
      const { own, foreign } = statuses[kind];
      return foreign === null ? String(own) : `${own} / ${foreign}`;
    });
    return `| \`${operation.method.toUpperCase()} ${operation.path}\` | ${neededBy(operation)} | ${cells.join(" | ")} |`;
  });
  return [
    "# Who may do what",
    "",
    "Measured, not written: `npm run authorisation` calls every operation of `/openapi.json` with every kind of key against",
    "a running instance, and `test/http/authorisation.test.ts` holds this page against what it gets. Where an address has",
    "an id, the first status is for something that is there, the second for an id that belongs to nothing of its kind.",
    "A key that may not is told the same for both, so that it learns nothing of what is there.",
    "",
    "An instance has one owner: every key of a scope sees everything of that scope. `admin` includes the other scopes.",
    "`/webhooks` lets in by the source's own secret or signature as well; `/sendgrid/events` by SendGrid's signature alone,",
    "whatever key is presented; the links in mails by their token.",
    "",
    `| call | needs | ${KEY_KINDS.map((kind) => (kind === "none" ? "no key" : `${kind} key`)).join(" | ")} |`,
    `| --- | --- | ${KEY_KINDS.map(() => "---").join(" | ")} |`,
    ...lines,
    "",
  ].join("\n");
}
