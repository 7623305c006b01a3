import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createKeys } from "../../src/flow/keys.ts";
import { addKey, expectProblem } from "../support/answers.ts";
import { openTestDatabase } from "../support/database.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { dump } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());

const create = (body: object = { name: "crm", scopes: ["read"] }) => instance.post("/v1/keys", body);
const get = (path: string, key: string) => instance.http.get(path).set("Authorization", `Bearer ${key}`);
const remove = (id: string) => instance.remove(`/v1/keys/${id}`);

test("a new key has 256 random bits, is shown once, and only its SHA-256 is stored", async () => {
  const { status, body, headers } = await create({ name: " Website ", scopes: ["read", "ingest", "read"] });
  expect(status).toBe(201);
  expect(headers["cache-control"]).toBe("no-store");
  expect(body.key).toMatch(/^lg_[A-Za-z0-9_-]{43}$/);
  const { key, ...shown } = body;
  expect(shown).toEqual({
    id: expect.any(String),
    name: "Website",
    scopes: ["ingest", "read"],
    prefix: key.slice(0, 7),
    lastFour: key.slice(-4),
    createdAt: "2026-03-01T12:00:00.000Z",
    lastUsedAt: null,
    revokedAt: null,
  });
  const { body: list } = await instance.get("/v1/keys").expect(200);
  expect(list.data[0]).toEqual(shown);
  expect(JSON.stringify(list)).not.toContain(key);
  const stored = JSON.stringify(await dump(instance.app.database));
  expect(stored).not.toContain(key);
  expect(stored).toContain(createHash("sha256").update(key).digest("hex"));
});

test("a key does what its scopes say and no more", async () => {
  const { body: reader } = await create({ name: "reader", scopes: ["read"] });
  const { body: sender } = await create({ name: "sender", scopes: ["ingest"] });
  expect((await get("/v1/leads", reader.key)).status).toBe(200);
  expectProblem(await get("/v1/leads", sender.key), 403, "forbidden");
  expect((await get("/v1/keys", reader.key)).status).toBe(200);
  expectProblem(await get("/v1/keys", sender.key), 403, "forbidden");
  expect((await get("/v1/me", reader.key)).body).toEqual({ name: "reader", scopes: ["read"] });
  const made = await instance.http
    .post("/v1/keys")
    .set("X-Api-Key", reader.key)
    .send({ name: "x", scopes: ["admin"] });
  expectProblem(made, 403, "forbidden");
  expectProblem(await instance.http.delete(`/v1/keys/${sender.id}`).set("X-Api-Key", reader.key), 403, "forbidden");
});

test("a revoked key opens nothing from the moment its revocation is answered", async () => {
  const { body } = await create();
  expect((await get("/v1/me", body.key)).status).toBe(200);
  expect((await remove(body.id)).status).toBe(204);
  expectProblem(await get("/v1/me", body.key), 401, "unauthorized");
  expect((await remove(body.id)).status).toBe(204);
  const { body: list } = await instance.get("/v1/keys");
  expect(list.data.find(({ id }: { id: string }) => id === body.id).revokedAt).toBe("2026-03-01T12:00:00.000Z");
});

test("a key just used is not remembered past its revocation", async () => {
  const keys = createKeys({
    database: instance.app.database,
    clock: instance.clock,
    adminKey: "lg_setting",
  });
  const { key, id } = await keys.create({ name: "brief", scopes: ["read"] });
  expect(await keys.identify(key)).toMatchObject({ name: "brief" });
  await keys.revoke(id);
  expect(await keys.identify(key)).toBeUndefined();
});

test("another process that has just used a key takes it no more either", async () => {
  const { database, clock } = { database: instance.app.database, clock: instance.clock };
  const other = createKeys({ database, clock, adminKey: undefined });
  const { body } = await create();
  expect(await other.identify(body.key)).toMatchObject({ name: "crm" });
  await remove(body.id);
  // The embedded database has one process, so nothing waits for another there.
  if (database.kind === "postgres") expect(await other.identify(body.key)).toBeUndefined();
});

test("a look that was under way when the key was revoked is not believed afterwards", async () => {
  const { body } = await create();
  await Promise.all([...Array.from({ length: 10 }, () => get("/v1/me", body.key)), remove(body.id)]);
  expectProblem(await get("/v1/me", body.key), 401, "unauthorized");
});

test("using a key notes when, to the minute", async () => {
  const { body } = await create({ name: "used", scopes: ["read"] });
  await get("/v1/me", body.key);
  const listed = async () =>
    (await instance.get("/v1/keys?limit=200")).body.data.find(({ id }: { id: string }) => id === body.id);
  expect((await listed()).lastUsedAt).toBe(instance.clock.now().toISOString());
});

test("the list comes in pages, newest first, each key once", async () => {
  for (const name of ["a", "b", "c"]) {
    instance.clock.advance(1);
    await create({ name, scopes: ["read"] });
  }
  const { body: first } = await instance.get("/v1/keys?limit=2");
  expect(first.data.map(({ name }: { name: string }) => name)).toEqual(["c", "b"]);
  const { body: second } = await instance.get(`/v1/keys?limit=2&cursor=${first.nextCursor}`);
  expect(second.data[0].name).toBe("a");
});

describe("the last key that could make another", () => {
  test("can't be revoked, even by two at once, unless the settings hold one", async () => {
    const test = await openTestDatabase();
    const keys = createKeys({ database: test.database, clock: instance.clock, adminKey: undefined });
    await keys.create({ name: "first", scopes: ["admin"] });
    await keys.create({ name: "second", scopes: ["admin", "read"] });
    const ids = (await keys.list({ limit: 10 })).data.map(({ id }) => id);
    const settled = await Promise.allSettled(ids.map((id) => keys.revoke(id)));
    expect(settled.map(({ status }) => status).sort()).toEqual(["fulfilled", "rejected"]);
    const refused = settled.find((one) => one.status === "rejected")!;
    expect(refused.reason).toMatchObject({
      kind: "conflict",
      publicMessage: expect.stringMatching(/make another first/),
    });
    const withSetting = createKeys({
      database: test.database,
      clock: instance.clock,
      adminKey: "lg_setting",
    });
    for (const id of ids) await withSetting.revoke(id);
    await test.close();
  });
});

describe("what is refused says what would be right", () => {
  test.each([
    ["no name", { scopes: ["read"] }, "name"],
    ["a blank name", { name: " ", scopes: ["read"] }, "name"],
    ["a name without end", { name: "x".repeat(101), scopes: ["read"] }, "name"],
    ["no scopes", { name: "x" }, "scopes"],
    ["an empty list of scopes", { name: "x", scopes: [] }, "scopes"],
    ["a scope that is none", { name: "x", scopes: ["write"] }, "scopes.0"],
    ["a field that is none", { name: "x", scopes: ["read"], key: "lg_mine" }, "key"],
  ])("%s", async (_what, body, path) => {
    expectProblem(await create(body), 422, "invalid-field", path);
  });

  test("a body that is no JSON object", async () => {
    expectProblem(await instance.post("/v1/keys", []), 400, "malformed");
    expectProblem(
      await instance.post("/v1/keys", "name=x").type("text"),
      415,
      "unsupported-media-type",
      "Content-Type",
    );
    expectProblem(await instance.post("/v1/keys", "{").type("json"), 400, "malformed");
  });

  test("an id that no key has", async () => {
    expectProblem(await remove("0197f0a0-0000-7000-8000-000000000000"), 404, "not-found");
    expectProblem(await remove("x"), 404, "not-found");
  });

  test("no key at all", async () => {
    expectProblem(await instance.http.get("/v1/keys"), 401, "unauthorized");
    expectProblem(await get("/v1/keys", await addKey(instance, "ingest")), 403, "forbidden");
  });
});
