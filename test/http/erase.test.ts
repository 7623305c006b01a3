import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { addKey, expectProblem, leadOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf, rowsOf } from "../support/rows.ts";

const CONFIGURATION = `
sources:
  contact: { kind: form }
  crm: { kind: webhook }
  shop: { kind: webhook }
followUps:
  - { name: welcome, on: submission, template: welcome }
  - { name: owner, on: submission, template: new-lead, to: owner@example.net, delay: 1d }
`;

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({ configuration: CONFIGURATION });
});
afterAll(() => instance.close());

const erase = (id: string) => instance.remove(`/v1/leads/${id}`);
const post = (body: object, headers: Record<string, string> = {}) => instance.post("/v1/leads", body).set(headers);
const patch = (id: string, body: object) => instance.patch(`/v1/leads/${id}`, body).set("If-Match", "*");
const leadsOf = (email: string) => countOf(instance.app.database, "leads", `email = '${email}'`);
const DAY = 86_400_000;

/** Everything the database holds, as text: by pg_dump where it is PostgreSQL, else every row of every table. */
async function everything(): Promise<string> {
  if (instance.url !== undefined) {
    const { status, stdout } = spawnSync("pg_dump", [instance.url], { encoding: "utf8", maxBuffer: 1e9 });
    if (status === 0) return stdout;
  }
  const { database } = instance.app;
  const tables = await rowsOf<{ name: string }>(
    database,
    "SELECT relname::text AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    texts.push(
      ...(await rowsOf<{ row: string }>(database, `SELECT t::text AS row FROM "${name}" t`)).map(({ row }) => row),
    );
  }
  return texts.join("\n");
}

test("an erased lead is gone from every list, and erasing it again, or nobody, does nothing", async () => {
  const { body } = await post({ email: "gone@example.com", company: "X" });
  expect((await erase(body.id)).status).toBe(204);
  for (const path of ["", "/timeline"])
    expectProblem(await instance.get(`/v1/leads/${body.id}${path}`), 404, "not-found");
  expect(await leadOf(instance, "gone@example.com")).toBeNull();
  expect((await erase(body.id)).status).toBe(204);
  expect((await erase("0197f0a0-0000-7000-8000-000000000000")).status).toBe(204);
  expectProblem(await erase("x"), 404, "not-found");
  expectProblem(await patch(body.id, { company: "Y" }), 404, "not-found");
});

test("a dump of the database holds nothing of the person, and everything of others", async () => {
  const [local, former] = ["Zz.Victim", "zz.former"];
  const address = `${local}@Bücher.example`;
  const { body } = await post({ email: `${former}@example.com`, message: "old" }, { "Idempotency-Key": "dump-1" });
  await patch(body.id, { email: address });
  await instance.post("/forms/contact", { email: address, message: `write to ${address}`, friend: address });
  await instance.post("/webhooks/crm", [
    { id: 7, email: `Victim <${address}>` },
    { email: "nobody", note: `not ${address}` },
  ]);
  await instance.post("/webhooks/crm", {
    email: "nobody",
    link: `https://x.example/?mail=zz.victim%40xn--bcher-kva.example`,
  });
  await instance.post("/webhooks/crm", { email: "nobody", [`key ${former}@example.com.`]: 1 });
  await instance.post("/forms/contact", { email: address, _gotcha: "spam" });
  await instance.post("/v1/events", {
    id: "e-1",
    type: "order.paid",
    email: address,
    source: "shop",
    data: { to: address },
  });
  await instance.deliver();
  const others = { email: "nobody", note: "mazz.victim@xn--bcher-kva.example, zz.victim@example.org" };
  await instance.post("/webhooks/crm", others);
  const before = await everything();
  expect(before).toMatch(/zz\.victim@(bücher|xn--bcher-kva)/i);
  expect(before).toContain(former);

  expect((await erase(body.id)).status).toBe(204);
  const after = await everything();
  expect(after.replaceAll(others.note, "")).not.toMatch(/zz\.victim/i);
  expect(after).not.toMatch(/zz\.former/i);
  expect(after).toContain(others.note);
  expect(after).toContain("mazz.victim");
  // Nor a hash that anybody could make.
  for (const guess of ["zz.victim@xn--bcher-kva.example", "key:dump-1"]) {
    const digests = (["hex", "base64", "base64url"] as const).map((form) =>
      createHash("sha256").update(guess).digest(form),
    );
    for (const digest of digests) expect(after).not.toContain(digest);
  }
});

describe("a replay of what was erased makes no lead", () => {
  const ERASED = { submissionId: expect.any(String), outcome: "erased" };

  test("of own code, one by one and in arrays", async () => {
    const email = "api@example.com";
    const sends = [
      () => post({ email, message: "keyed" }, { "Idempotency-Key": "erased-1" }),
      () => post({ email, submissionId: "item-1" }),
      () => post([{ email, submissionId: "item-2" }, { email: "other@example.com" }]),
    ];
    const first = [await sends[0]!(), await sends[1]!(), await sends[2]!()];
    await erase(first[0]!.body.id);
    const [keyed, item, array] = [await sends[0]!(), await sends[1]!(), await sends[2]!()];
    expect([keyed!.status, keyed!.body]).toEqual([200, { ...ERASED, submissionId: first[0]!.body.submissionId }]);
    expect(keyed!.headers["idempotent-replayed"]).toBe("true");
    expect(item!.body).toEqual({ ...ERASED, submissionId: first[1]!.body.submissionId });
    expect(array!.body.results[0]).toEqual({
      ...ERASED,
      submissionId: first[2]!.body.results[0].submissionId,
      replayed: true,
    });
    expect(array!.body.results[1]).toMatchObject({ replayed: true, email: "other@example.com" });
  });

  test("of webhooks: by the sender's id, by webhook-id, by content", async () => {
    for (const [body, headers] of [
      [{ email: "hook1@example.com" }, { "webhook-id": "msg_erased" }],
      [{ email: "hook2@example.com", note: "by content" }, {}],
    ] as const) {
      const send = () => instance.post("/webhooks/crm", body).set(headers);
      const first = await send().expect(200);
      await erase(first.body.id);
      const again = await send().expect(200);
      expect(again.body).toEqual({ ...ERASED, submissionId: first.body.submissionId });
      expect((await send()).text).toBe(again.text);
      expect(await leadsOf(body.email)).toBe(0);
    }
  });

  test("of forms, whose answer tells nobody that there ever was a lead", async () => {
    const send = () => instance.http.post("/forms/contact").send({ email: "form@example.com", _submission_id: "f-1" });
    const first = await send().expect(200);
    await erase((await leadOf(instance, "form@example.com")).id);
    const again = await send().expect(200);
    expect(again.text).toBe(first.text);
    expect(await leadsOf("form@example.com")).toBe(0);
  });

  test("of events", async () => {
    const send = () =>
      instance.post("/v1/events", { id: "e-2", type: "paid", email: "event@example.com", source: "shop" });
    const first = await send().expect(201);
    await erase(first.body.leadId);
    const again = await send().expect(200);
    expect(again.body).toEqual({ submissionId: first.body.id, outcome: "erased" });
    expect(await leadsOf("event@example.com")).toBe(0);
  });

  test("even of one whose address was changed since", async () => {
    const email = "was@example.com";
    const named = await post({ email }, { "Idempotency-Key": "erased-was" });
    await post({ email, message: "by content" });
    await patch(named.body.id, { email: "is@example.com" });
    await erase(named.body.id);
    for (const answer of [
      await post({ email }, { "Idempotency-Key": "erased-was" }),
      await post({ email, message: "by content" }),
    ]) {
      expect([answer.status, answer.body]).toEqual([200, ERASED]);
    }
    expect(await leadsOf(email)).toBe(0);
  });

  test("with other content under the same key is told from a replay", async () => {
    const first = await post({ email: "reuse@example.com" }, { "Idempotency-Key": "erased-2" });
    await erase(first.body.id);
    const other = await post({ email: "reuse@example.com", company: "Z" }, { "Idempotency-Key": "erased-2" });
    expectProblem(other, 422, "idempotency-key-reuse");
  });

  test("the same content after the window is a new submission, as it would have been", async () => {
    const send = () => post({ email: "late@example.com", message: "same" });
    for (const round of [1, 2, 3]) {
      const { body } = await send().expect(201);
      expect(body.outcome).toBe("created");
      await erase(body.id);
      instance.clock.advance(round === 1 ? DAY - 1 : DAY + 1);
      if (round === 1) expect((await send()).body.outcome).toBe("erased");
      instance.clock.advance(1);
    }
  });
});

describe("who writes again after an erasure", () => {
  test("is a new lead, and is welcomed anew", async () => {
    const first = await post({ email: "again@example.com", company: "Old" });
    await erase(first.body.id);
    const second = await post({ email: "again@example.com", message: "hello again" }).expect(201);
    expect(second.body.followUps[0]).toEqual({ template: "welcome", status: "queued" });
    const { id, company, submissionCount } = await leadOf(instance, "again@example.com");
    expect([id === first.body.id, company, submissionCount]).toEqual([false, null, 1]);
  });

  test("still gets no mail if they wanted none, until somebody lifts it for good", async () => {
    const email = "quiet@example.com";
    const first = await post({ email });
    await patch(first.body.id, { suppressed: true });
    await erase(first.body.id);
    for (const message of ["two", "three"]) {
      const { body } = await post({ email, message }).expect(201);
      expect(body.followUps[0]).toEqual({ template: "welcome", status: "suppressed" });
      expect((await leadOf(instance, email)).suppressed).toBe(true);
      await erase(body.id);
    }
    const fourth = await post({ email, message: "four" });
    await patch(fourth.body.id, { suppressed: false });
    await erase(fourth.body.id);
    const { body } = await post({ email, message: "five" });
    expect(body.followUps[0]).toEqual({ template: "welcome", status: "queued" });
  });
});

test("mail that was queued is not sent", async () => {
  const { body } = await post({ email: "unsent@example.com" });
  await erase(body.id);
  await instance.deliver();
  instance.clock.advance(2 * DAY);
  await instance.deliver();
  expect((await instance.get(`/v1/messages?leadId=${body.id}`)).body.data).toEqual([]);
  expect(await everything()).not.toContain("unsent@example.com");
});

test("what comes in while a person is being erased is either theirs from before or somebody new", async () => {
  for (let round = 1; round <= 15; round++) {
    const email = `race${round}@example.com`;
    const key = { "Idempotency-Key": `race-${round}` };
    const first = await post({ email }, key).expect(201);
    const content = await post({ email, message: "by content" }).expect(200);
    const answers = await Promise.all([
      post({ email, message: "by content" }),
      post({ email }, key),
      erase(first.body.id),
      post({ email }, key),
      post({ email, message: "by content" }),
      post([{ email, submissionId: `race-item-${round}` }]),
    ]);
    expect(answers.map(({ status }) => status).filter((status) => status >= 400)).toEqual([]);
    const replays = [answers[0]!, answers[1]!, answers[3]!];
    for (const [index, { body, text }] of replays.entries()) {
      if (body.outcome !== "erased") expect(text).toBe(index === 0 ? content.text : first.text);
    }
    // The one new submission may have come before or after; whoever holds it, nothing else of the old lead does.
    const rows = await rowsOf<{ identity: string }>(
      instance.app.database,
      `SELECT s.identity FROM submissions s JOIN leads l ON l.id = s.lead_id WHERE l.email = '${email}'`,
    );
    expect(rows.filter(({ identity }) => identity === `key:race-${round}`)).toEqual([]);
    expect((await post({ email }, key)).body.outcome).toBe("erased");
  }
});

test("only a key that may do everything erases", async () => {
  const { body } = await post({ email: "stays@example.com" });
  const key = await addKey(instance, "read", "ingest");
  expectProblem(await instance.http.delete(`/v1/leads/${body.id}`).set("X-Api-Key", key), 403, "forbidden");
  expectProblem(await instance.http.delete(`/v1/leads/${body.id}`), 401, "unauthorized");
  expect(await leadsOf("stays@example.com")).toBe(1);
});
