import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { expectProblem } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

const PEOPLE = [
  { email: "ann@example.com", firstName: "Ann", lastName: "Archer", company: "100 % Tea_House", source: "shop" },
  { email: "bob@example.com", firstName: "Bob", lastName: "Baker", company: "Acme" },
  { email: "cleo+x@example.org", firstName: "Cleo", lastName: "Carter", company: "ACME Works", source: "shop" },
  { email: "dan@example.org", firstName: "Dán", lastName: "Doe" },
];

let instance: Instance;
let started: Date;
beforeAll(async () => {
  instance = await startInstance();
  started = instance.clock.now();
  for (const person of PEOPLE) {
    await instance.post("/v1/leads", person).expect(201);
    instance.clock.advance(60_000);
  }
  // Now the oldest lead is the one changed last.
  await instance.post("/v1/leads", { email: "ann@example.com", jobTitle: "CEO" }).expect(200);
});
afterAll(() => instance.close());

const minute = (count: number) => encodeURIComponent(new Date(started.getTime() + count * 60_000).toISOString());
const names = async (query: string) =>
  (await instance.get(`/v1/leads?${query}`).expect(200)).body.data.map((lead: { email: string }) =>
    lead.email.slice(0, 3),
  );

describe("leads", () => {
  test.each<[string, string[]]>([
    ["", ["ann", "dan", "cle", "bob"]],
    ["sort=-updatedAt", ["ann", "dan", "cle", "bob"]],
    ["sort=updatedAt", ["bob", "cle", "dan", "ann"]],
    ["sort=createdAt", ["ann", "bob", "cle", "dan"]],
    ["sort=-createdAt", ["dan", "cle", "bob", "ann"]],
    ["email=ANN%40Example.com", ["ann"]],
    ["email=Cleo%20%3Ccleo%2Bx%40example.org%3E", ["cle"]],
    ["email=cleo%40example.org", []],
    ["q=acme", ["cle", "bob"]],
    ["q=ann%20arch", ["ann"]],
    ["q=EXAMPLE.ORG", ["dan", "cle"]],
    ["q=d%C3%A1n", ["dan"]],
    ["q=%25%20tea_h", ["ann"]],
    ["q=_", ["ann"]],
    ["q=%5C", []],
    ["source=shop", ["ann", "cle"]],
    ["source=shop&q=acme", ["cle"]],
    ["status=new", ["ann", "dan", "cle", "bob"]],
    ["status=won", []],
  ])("?%s finds who it says, in its order", async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  test("are found by the times they were made and changed, bounds left out", async () => {
    expect(await names(`sort=createdAt&createdAfter=${minute(0)}`)).toEqual(["bob", "cle", "dan"]);
    expect(await names(`sort=createdAt&createdBefore=${minute(2)}`)).toEqual(["ann", "bob"]);
    expect(await names(`updatedAfter=${minute(3)}`)).toEqual(["ann"]);
    expect(await names(`updatedBefore=${minute(3)}`)).toEqual(["cle", "bob"]);
    expect(await names(`createdAfter=${minute(0)}&createdBefore=${minute(2)}`)).toEqual(["bob"]);
    const [zone] = [started.toISOString().replace("Z", "+00:00")];
    expect(await names(`sort=createdAt&createdAfter=${zone}`)).toEqual(["bob", "cle", "dan"]);
  });

  test.each([
    ["limit", "limit=0"],
    ["limit", "limit=201"],
    ["limit", "limit=ten"],
    ["limit", "limit=1.5"],
    ["limit", "limit=-1"],
    ["limit", "limit="],
    ["limit", "limit=1&limit=2"],
    ["cursor", "cursor=nonsense"],
    ["cursor", "cursor="],
    ["cursor", `cursor=${Buffer.from('["leads -updatedAt","0000-01-01T00:00:00Z","x"]').toString("base64url")}`],
    ["sort", "sort=email"],
    ["sort", "sort=-"],
    ["status", "status=unknown"],
    ["email", "email=nobody"],
    ["email", "email=a&email=b"],
    ["q", "q=%00"],
    ["q", `q=${"a".repeat(501)}`],
    ["createdAfter", "createdAfter=yesterday"],
    ["createdBefore", "createdBefore=2026-02-30T00:00:00Z"],
    ["updatedAfter", "updatedAfter=2026-01-01T00:00:00"],
    ["updatedBefore", "updatedBefore=0000-01-01T00:00:00Z"],
    ["emial", "emial=ann%40example.com"],
    ["__proto__", "__proto__=1"],
  ])("a wrong %s (?%s) is refused by its name, not ignored", async (parameter, query) => {
    expectProblem(await instance.get(`/v1/leads?${query}`), 400, "malformed", parameter);
  });

  test("a page says where the next one is, in the body and as a link, and never repeats a key", async () => {
    const { body, headers } = await instance.get("/v1/leads?sort=createdAt&limit=3&source=&key=lg_secret").expect(200);
    expect(body.nextCursor).toBeNull();
    const first = await instance.get("/v1/leads?sort=createdAt&limit=3&key=lg_secret").expect(200);
    const [, address = ""] = /^<([^>]+)>; rel="next"$/.exec(first.headers.link ?? "") ?? [];
    expect(new URL(address, "http://x").searchParams.get("cursor")).toBe(first.body.nextCursor);
    expect(address).not.toContain("secret");
    const next = await instance.get(address).expect(200);
    expect(next.body.data).toEqual([expect.objectContaining({ email: "dan@example.org" })]);
    expect([next.body.nextCursor, next.headers.link, headers.link]).toEqual([null, undefined, undefined]);
  });

  test("a cursor of another order is refused", async () => {
    const { body } = await instance.get("/v1/leads?sort=createdAt&limit=1");
    expectProblem(
      await instance.get(`/v1/leads?sort=-createdAt&cursor=${body.nextCursor}`),
      400,
      "malformed",
      "cursor",
    );
    expectProblem(await instance.get(`/v1/messages?cursor=${body.nextCursor}`), 400, "malformed", "cursor");
  });
});

describe("a lead", () => {
  test("has every field of the contract and no other", async () => {
    const { body } = await instance.get("/v1/leads?email=ann%40example.com");
    const lead = body.data[0];
    expect(lead).toEqual({
      id: expect.stringMatching(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/),
      ...{
        email: "ann@example.com",
        emailAsGiven: "ann@example.com",
        firstName: "Ann",
        lastName: "Archer",
        phone: null,
      },
      ...{ company: "100 % Tea_House", jobTitle: "CEO", website: null, country: null, message: null, status: "new" },
      ...{ suppressed: false, consent: null, source: "shop", utm: {}, attributes: {}, submissionCount: 2 },
      createdAt: started.toISOString(),
      updatedAt: new Date(started.getTime() + 240_000).toISOString(),
      lastSubmissionAt: new Date(started.getTime() + 240_000).toISOString(),
    });
    expect((await instance.get(`/v1/leads/${lead.id}`).expect(200)).body).toEqual(lead);
  });

  test("is not sent again to who has it, until it changes", async () => {
    const { body } = await instance.get("/v1/leads?email=bob%40example.com");
    const get = (held: string) => instance.get(`/v1/leads/${body.data[0].id}`).set("If-None-Match", held);
    const { headers } = await get('"none"').expect(200);
    const etag = headers.etag!;
    for (const held of [etag, `W/${etag}`, `"x", ${etag}`, "*"]) {
      const again = await get(held).expect(304).expect("ETag", etag);
      expect(again.text).toBe("");
    }
    // `fetch` adds this by itself.
    await get(etag).set("Cache-Control", "no-cache").expect(304);
    await instance.post("/v1/leads", { email: "bob@example.com", phone: "+49 30 123456" }).expect(200);
    expect((await get(etag).expect(200)).headers.etag).not.toBe(etag);
  });

  test.each(["", "/timeline"])("nobody has is told as not found, as is what can't be an id%s", async (rest) => {
    for (const id of ["01a20fd8-af4a-7935-9cec-51f0d50ac7cd", "7", "%00", "..%2F", "'"]) {
      expectProblem(await instance.get(`/v1/leads/${id}${rest}`), 404, "not-found");
    }
  });
});
