import { afterAll, beforeAll, beforeEach, describe, expect, test } from "@jest/globals";
import { expectProblem, leadOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";
import { countOf } from "../support/rows.ts";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance();
});
afterAll(() => instance.close());
beforeEach(() => instance.clock.advance(60_000));

let people = 0;
const LEAD = { firstName: "Ann", company: "Analytical Engines", attributes: { plan: "pro", seats: { paid: 3 } } };
async function newLead(said: object = {}) {
  const email = `person${++people}@example.com`;
  const { body } = await instance.post("/v1/leads", { email, ...LEAD, ...said }).expect(201);
  return { id: body.id as string, email, submissionId: body.submissionId as string };
}
const read = (id: string) => instance.get(`/v1/leads/${id}`);
const patch = (id: string, body: object | string, ifMatch = "*") =>
  instance.patch(`/v1/leads/${id}`, body).set("If-Match", ifMatch).type("application/merge-patch+json");
const changesOf = async (id: string) => (await instance.get(`/v1/leads/${id}/timeline?type=change`)).body.data;

test("a patch changes what it names, clears what is null, and leaves the rest", async () => {
  const { id } = await newLead({ phone: "+49 30 123456", utm: { source: "ads", term: "t" } });
  const before = await read(id);
  const body = {
    ...{ company: null, jobTitle: "Analyst", status: "qualified", consent: true, country: "DE", phone: "030 654321" },
    ...{ utm: { term: null, medium: "cpc" }, attributes: { plan: null, seats: { paid: null, free: 1 }, new: [1] } },
  };
  const answer = await patch(id, body, before.headers.etag).expect(200);
  expect(answer.body).toEqual({
    ...before.body,
    ...{ company: null, jobTitle: "Analyst", status: "qualified", consent: true, country: "DE", phone: "+4930654321" },
    ...{ utm: { source: "ads", medium: "cpc" }, attributes: { seats: { free: 1 }, new: [1] } },
    updatedAt: instance.clock.now().toISOString(),
  });
  const after = await read(id);
  expect(after.body).toEqual(answer.body);
  expect(after.headers.etag).toBe(answer.headers.etag);
  expect(after.headers.etag).not.toBe(before.headers.etag);
});

test("the history tells who changed what, from what to what, when", async () => {
  const { id } = await newLead();
  const { body: key } = await instance.post("/v1/keys", { name: "Grace", scopes: ["admin"] });
  await instance.http
    .patch(`/v1/leads/${id}`)
    .set({ "X-Api-Key": key.key, "If-Match": "*" })
    .send({ company: null, status: "won", suppressed: true, email: `moved-${id}@example.com` })
    .expect(200);
  expect(await changesOf(id)).toEqual([
    {
      type: "change",
      id: expect.any(String),
      at: instance.clock.now().toISOString(),
      actor: "key Grace",
      changes: expect.objectContaining({
        company: { from: "Analytical Engines", to: null },
        status: { from: "new", to: "won" },
        suppressed: { from: false, to: true },
        email: { from: expect.stringMatching(/^person/), to: `moved-${id}@example.com` },
      }),
    },
  ]);
});

describe("what was said before an edit but arrives later does not undo it", () => {
  const edits = {
    company: "Edited",
    firstName: null,
    consent: null,
    attributes: { plan: null },
    utm: { source: "edited" },
  };
  const words = {
    company: "Old",
    firstName: "Old",
    consent: true,
    attributes: { plan: "old" },
    utm: { source: "old" },
  };

  test("an older submission", async () => {
    const { id, email } = await newLead();
    const saidAt = instance.clock.now().toISOString();
    instance.clock.advance(60_000);
    const edited = (await patch(id, edits).expect(200)).body;
    const { body } = await instance.post("/v1/leads", { email, ...words, occurredAt: saidAt }).expect(200);
    expect(body.outcome).toBe("stale");
    const { submissionCount, lastSubmissionAt, ...lead } = (await read(id)).body;
    expect({ ...edited, submissionCount: 2, lastSubmissionAt }).toEqual({ ...lead, submissionCount, lastSubmissionAt });
  });

  test("even where the lead holds words with a time ahead of ours", async () => {
    const ahead = new Date(instance.clock.now().getTime() + 4 * 60_000).toISOString();
    const { id } = await newLead({ occurredAt: ahead });
    expect((await patch(id, edits)).body).toMatchObject({ company: "Edited", firstName: null });
  });

  test("what is said later does", async () => {
    const { id, email } = await newLead();
    await patch(id, edits).expect(200);
    const { body } = await instance.post("/v1/leads", { email, ...words }).expect(200);
    expect(body.outcome).toBe("updated");
    expect((await read(id)).body).toMatchObject({
      company: "Old",
      firstName: "Old",
      consent: true,
      attributes: { plan: "old" },
    });
  });
});

describe("two people editing one lead", () => {
  test("the second, who has not seen the first's change, is told so and changes nothing", async () => {
    const { id } = await newLead();
    const { etag } = (await read(id)).headers as { etag: string };
    await patch(id, { company: "First" }, etag).expect(200);
    expectProblem(await patch(id, { company: "Second" }, etag), 412, "stale-version", "If-Match");
    expect((await read(id)).body.company).toBe("First");
  });

  test("at once, one wins", async () => {
    const { id } = await newLead();
    const { etag } = (await read(id)).headers as { etag: string };
    const answers = await Promise.all(Array.from({ length: 8 }, (_, n) => patch(id, { company: `C${n}` }, etag)));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, ...Array(7).fill(412)]);
    expect(await changesOf(id)).toHaveLength(1);
  });

  test("a submission in between counts as a change too", async () => {
    const { id, email } = await newLead();
    const { etag } = (await read(id)).headers as { etag: string };
    await instance.post("/v1/leads", { email, company: "Newer" }).expect(200);
    expectProblem(await patch(id, { company: "Edit" }, etag), 412, "stale-version");
  });

  test("If-Match is read as HTTP says", async () => {
    const { id } = await newLead();
    const { etag } = (await read(id)).headers as { etag: string };
    const bare = instance.patch(`/v1/leads/${id}`, { company: "x" });
    expectProblem(await bare, 428, "precondition-required", "If-Match");
    for (const never of [`W/${etag}`, '"99", "100"', etag.replaceAll('"', ""), `"${etag}"`]) {
      expectProblem(await patch(id, { company: "x" }, never), 412, "stale-version");
    }
    await patch(id, { jobTitle: "a" }, `"99", W/"98" , ${etag}`).expect(200);
    await patch(id, { jobTitle: "b" }, "*").expect(200);
  });
});

test("saying what stands already is no new version, but is remembered as said now", async () => {
  const { id, email } = await newLead();
  const before = await read(id);
  const saidAt = instance.clock.now().toISOString();
  instance.clock.advance(60_000);
  const same = await patch(id, { company: "Analytical Engines", attributes: { plan: "pro" } }, before.headers.etag);
  expect([same.status, same.headers.etag, same.body]).toEqual([200, before.headers.etag, before.body]);
  expect(await changesOf(id)).toEqual([]);
  await instance.post("/v1/leads", { email, company: "Other", occurredAt: saidAt.replace("Z", "+00:00") });
  expect((await read(id)).body.company).toBe("Analytical Engines");
});

describe("another address", () => {
  test("is normalised like everywhere, and finds the lead", async () => {
    const { id, email } = await newLead();
    const { body } = await patch(id, { email: " Moved.Ann@BÜCHER.example " }).expect(200);
    expect(body).toMatchObject({ email: "moved.ann@xn--bcher-kva.example", emailAsGiven: "Moved.Ann@BÜCHER.example" });
    expect((await leadOf(instance, "moved.ann@bücher.example")).id).toBe(id);
    expect(await leadOf(instance, email)).toBeNull();
  });

  test("that belongs to another lead is refused, and both stay as they are", async () => {
    const one = await newLead();
    const two = await newLead();
    const before = [(await read(one.id)).body, (await read(two.id)).body];
    expectProblem(await patch(one.id, { email: two.email, company: "x" }), 409, "conflict", "email");
    expect([(await read(one.id)).body, (await read(two.id)).body]).toEqual(before);
  });

  test("taken by two at once goes to one of them", async () => {
    const all = await Promise.all(Array.from({ length: 5 }, () => newLead()));
    const wanted = `wanted${people}@example.com`;
    const answers = await Promise.all([
      ...all.map(({ id }) => patch(id, { email: wanted })),
      instance.post("/v1/leads", { email: wanted }),
    ]);
    expect(answers.slice(0, 5).filter(({ status }) => status === 409).length).toBeGreaterThanOrEqual(4);
    expect(answers.filter(({ status }) => status >= 500)).toEqual([]);
    expect(await countOf(instance.app.database, "leads", `email = '${wanted}'`)).toBe(1);
  });

  test("leaves replays of old submissions their answers, and what is new at the old address makes a new lead", async () => {
    const email = `movable${++people}@example.com`;
    const send = (more: object, headers = {}) => instance.post("/v1/leads", { email, ...more }).set(headers);
    const keyed = await send({ message: "keyed" }, { "Idempotency-Key": `moved-${people}` }).expect(201);
    const byContent = await send({ message: "content" }).expect(200);
    await patch(keyed.body.id, { email: `moved${people}@example.com` }).expect(200);
    const replays = [
      await send({ message: "keyed" }, { "Idempotency-Key": `moved-${people}` }),
      await send({ message: "content" }),
    ];
    expect(replays.map(({ text }) => text)).toEqual([keyed.text, byContent.text]);
    expect(replays.map(({ headers }) => headers["idempotent-replayed"])).toEqual(["true", "true"]);
    const fresh = await send({ message: "something new" }).expect(201);
    expect(fresh.body.id).not.toBe(keyed.body.id);
  });

  test("the same content at the old address after the window is a new submission, more than once", async () => {
    const email = `window${++people}@example.com`;
    const send = () => instance.post("/v1/leads", { email, message: "again" });
    const ids: string[] = [];
    for (const round of [1, 2, 3]) {
      const { body } = await send().expect(201);
      ids.push(body.id);
      await patch(body.id, { email: `window${people}-${round}@example.com` }).expect(200);
      instance.clock.advance(25 * 3_600_000);
    }
    expect(new Set(ids).size).toBe(3);
  });

  test("takes the wish for no mail along and leaves it with the old address", async () => {
    const { id, email } = await newLead();
    await patch(id, { suppressed: true }).expect(200);
    const moved = await patch(id, { email: `kept${people}@example.com` }).expect(200);
    expect(moved.body.suppressed).toBe(true);
    const { body } = await instance.post("/v1/leads", { email, message: "new" }).expect(201);
    expect(body.followUps).toEqual([{ template: "welcome", status: "suppressed" }]);
  });
});

test("suppressed: false lets mail go again", async () => {
  const { id, email } = await newLead();
  await patch(id, { suppressed: true }).expect(200);
  expect((await patch(id, { suppressed: false })).body.suppressed).toBe(false);
  expect((await leadOf(instance, email)).suppressed).toBe(false);
});

describe("what is refused names the path and the mend", () => {
  test.each<[string, object | string, string, RegExp]>([
    ["an unknown field", { compny: "x" }, "compny", /attributes; did you mean 'company'/],
    ["a field that can't be changed", { source: "x" }, "source", /can't be changed/],
    ["a full name", { fullName: "A B" }, "fullName", /firstName and lastName/],
    ["an address taken away", { email: null }, "email", /never without one/],
    ["a status that is none", { status: "open" }, "status", /one of new, contacted/],
    ["a status taken away", { status: null }, "status", /one of/],
    ["text that is none", { company: 3 }, "company", /must be text/],
    ["blank text", { company: " " }, "company", /send null/],
    ["consent that is none", { consent: "yes" }, "consent", /true, false or null/],
    ["a wish that is none", { suppressed: null }, "suppressed", /true or false/],
    ["a parameter that is none", { utm: { campain: "x" } }, "utm.campain", /attributes/],
    ["a parameter that is no text", { utm: { source: 1 } }, "utm.source", /must be text/],
    ["attributes that are none", { attributes: [1] }, "attributes", /must be an object/],
    ["a list", [], "", /must be an object/],
  ])("%s", async (_what, body, path, mend) => {
    const { id } = await newLead();
    const answer = await patch(id, body);
    expectProblem(answer, 422, "invalid-field", path);
    expect(answer.body.errors[0].message).toMatch(mend);
  });

  test("an address that is none", async () => {
    const { id } = await newLead();
    expectProblem(await patch(id, { email: "nobody" }), 422, "invalid-email", "email");
  });

  test("bytes that are no patch", async () => {
    const { id } = await newLead();
    expectProblem(await patch(id, "{"), 400, "malformed");
    const typed = instance.patch(`/v1/leads/${id}`, "company=x").set("If-Match", "*").type("form");
    expectProblem(await typed, 415, "unsupported-media-type", "Content-Type");
  });

  test("a lead that is not there, and a key that may not", async () => {
    expectProblem(await patch("0197f0a0-0000-7000-8000-000000000000", {}), 404, "not-found");
    expectProblem(await patch("x", {}), 404, "not-found");
    expectProblem(await instance.http.patch("/v1/leads/x").send({}), 401, "unauthorized");
  });
});

test("plain JSON will do, and U+0000 is stripped as everywhere", async () => {
  const { id } = await newLead();
  const answer = await instance
    .patch(`/v1/leads/${id}`, { company: "A\u0000B", attributes: { "k\u0000": "\ud800" } })
    .set("If-Match", "*");
  expect(answer.body).toMatchObject({ company: "AB", attributes: { k: "\ufffd" } });
});
