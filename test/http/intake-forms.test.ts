import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { leadOf, statsOf } from "../support/answers.ts";
import { type Instance, startInstance } from "../support/instance.ts";

const THANKS = "https://www.example.com/thanks";
const DANKE = "https://www.example.com/danke";

let instance: Instance;
beforeAll(async () => {
  instance = await startInstance({
    configuration: `
sources:
  open: { kind: form }
  contact: { kind: form, redirects: ["${THANKS}", "${DANKE}"], honeypot: website2 }
  mapped: { kind: form, map: { email: who.mail } }
`,
  });
});
afterAll(() => instance.close());

const form = (path: string, fields: Record<string, string>) => instance.http.post(path).type("form").send(fields);
const browser = (path: string, fields: Record<string, string>) =>
  form(path, fields).set("Accept", "text/html,*/*;q=0.8");

test("a form says the same in every encoding that browsers and scripts send", async () => {
  const said = { email: "Zoë <ann+%@Example.com>", Prénom: "Zoë & Ånn", message: "a+b=c\r\n100 % 😀" };
  const bare = (name: string) => said.email.replace("%", name);
  const multipart = instance.http.post("/forms/open");
  for (const [name, value] of Object.entries(said)) multipart.field(name, name === "email" ? bare("multipart") : value);
  await multipart.expect(200);
  await form("/forms/open", { ...said, email: bare("urlencoded") }).expect(200);
  await instance.http
    .post("/forms/open")
    .send({ ...said, email: bare("json") })
    .expect(200);
  for (const name of ["multipart", "urlencoded", "json"]) {
    expect(await leadOf(instance, `ann+${name}@example.com`)).toMatchObject({
      firstName: said.Prénom,
      message: said.message,
      source: "open",
      submissionCount: 1,
    });
  }
});

test("field names with accents mean the same in a form with a file", async () => {
  await instance.http
    .post("/forms/open")
    .field("E-Mail-Adresse", "accents@example.com")
    .field("Prénom", "Zoë")
    .field("interests", "a")
    .field("interests", "b")
    .attach("cv", Buffer.from([0xff, 0xfe, 0, 1]), "Lebenslauf Zoë.pdf")
    .expect(200);
  expect(await leadOf(instance, "accents@example.com")).toMatchObject({
    firstName: "Zoë",
    attributes: { cv: "Lebenslauf Zoë.pdf", interests: ["a", "b"] },
  });
});

test("a file is dropped and named in the attributes, and its name is never taken for what the person said", async () => {
  await instance.http
    .post("/forms/open")
    .field("email", "files@example.com")
    .field("photo", "taken yesterday")
    .attach("company", Buffer.from("SECRET CONTENT"), "firm.txt")
    .attach("photo", Buffer.from("1"), "one.png")
    .attach("photo", Buffer.from("2"), "two.png")
    .attach("email", Buffer.from("3"), "other@example.com")
    .expect(200);
  const lead = await leadOf(instance, "files@example.com");
  expect(lead).toMatchObject({ company: null, attributes: { company: "firm.txt", email: "other@example.com" } });
  expect(Object.values(lead.attributes)).toEqual(
    expect.arrayContaining(["taken yesterday", ["one.png", "two.png"]]) as unknown,
  );
  expect(await leadOf(instance, "other@example.com")).toBeNull();
  const { body } = await instance.get(`/v1/leads/${lead.id}/timeline`);
  expect(JSON.stringify(body)).not.toContain("SECRET CONTENT");
});

test("a browser is led to the page the form asks for, if that is listed, else to the first listed", async () => {
  const to = async (redirect?: string) => {
    const fields = { email: "visitor@example.com", ...(redirect && { _redirect: redirect }) };
    const { status, headers } = await browser("/forms/contact", fields);
    return [status, headers.location];
  };
  expect(await to()).toEqual([303, THANKS]);
  expect(await to(DANKE)).toEqual([303, DANKE]);
  for (const unlisted of ["https://evil.example/", `${THANKS}/../x`, `${THANKS}#x`, "//evil.example", "javascript:1"]) {
    expect(await to(unlisted)).toEqual([303, THANKS]);
  }
});

test("a browser gets a thank-you page where no page is listed, and no stranger's form can send it elsewhere", async () => {
  const fields = { email: "visitor@example.com", _redirect: "https://evil.example/" };
  const response = await browser("/forms/open", fields)
    .expect(200)
    .expect("Content-Type", /^text\/html/);
  expect(response.text).toContain("<h1>Thank you</h1>");
  expect(response.headers.location).toBeUndefined();
});

test("a script gets JSON, with the submission's id and no more", async () => {
  const { body, headers } = await form("/forms/contact", { email: "script@example.com" }).expect(200);
  expect(body).toEqual({ ok: true, submissionId: expect.stringMatching(/^[0-9a-f-]{36}$/) });
  expect(headers["content-type"]).toMatch(/^application\/json/);
});

test("an answer never tells whether the person was known, nor that it was a second click", async () => {
  const tell = async (fields: Record<string, string>) => {
    const { status, headers, body, text } = await form("/forms/open", fields);
    return { text, like: { status, headers: Object.keys(headers).sort(), body: Object.keys(body) } };
  };
  const fresh = await tell({ email: "known@example.com", message: "one" });
  const again = await tell({ email: "known@example.com", message: "one" });
  const known = await tell({ email: "known@example.com", message: "two" });
  expect(again.text).toBe(fresh.text);
  expect([again.like, known.like]).toEqual([fresh.like, fresh.like]);
  expect(await leadOf(instance, "known@example.com")).toMatchObject({ submissionCount: 2 });
});

test("what fills in the hidden field is answered like a success, makes no lead and is counted as spam", async () => {
  const before = await statsOf(instance);
  const person = await form("/forms/contact", { email: "person@example.com", website2: "  " }).expect(200);
  const robot = await form("/forms/contact", { email: "robot@example.com", website2: "http://x" }).expect(200);
  const shown = await browser("/forms/contact", { email: "robot2@example.com", website2: "y", _redirect: DANKE });
  const tricky = await instance.http
    .post("/forms/contact")
    .send({ email: "robot3@example.com", website2: { toString: "x" } })
    .expect(200);
  expect(Object.keys(robot.body)).toEqual(Object.keys(person.body));
  expect(Object.keys(robot.headers).sort()).toEqual(Object.keys(person.headers).sort());
  expect([shown.status, shown.headers.location]).toEqual([303, DANKE]);
  expect(tricky.body).toMatchObject({ ok: true });
  expect(await statsOf(instance)).toMatchObject({ spam: before.spam + 3, leads: before.leads + 1 });
  for (const name of ["robot", "robot2", "robot3"]) expect(await leadOf(instance, `${name}@example.com`)).toBeNull();
});

test("a cached page with one _submission_id loses no message, and a second click on it sends none twice", async () => {
  const send = async (message: string) =>
    (await form("/forms/open", { email: "cached@example.com", message, _submission_id: "page-1" })).body.submissionId;
  const [first, second, again] = [await send("one"), await send("two"), await send("one")];
  expect(second).not.toBe(first);
  expect(again).toBe(first);
  expect(await leadOf(instance, "cached@example.com")).toMatchObject({ submissionCount: 2, message: "two" });
});

test("a form without a usable address is kept, and the visitor is told what to mend", async () => {
  const refused = await form("/forms/mapped", { "who.mail": "nobody", note: "keep me" }).expect(422);
  const page = await browser("/forms/mapped", { "who.mail": "nobody", note: "keep me" }).expect(422);
  expect(refused.body).toMatchObject({ quarantineId: expect.any(String), errors: [{ path: "email" }] });
  expect(page.headers["content-type"]).toMatch(/^text\/html/);
  expect(page.text).toContain("<b>email</b>");
  const { body } = await instance.get("/v1/quarantine?source=mapped");
  expect(body.data).toEqual([
    expect.objectContaining({
      id: refused.body.quarantineId,
      sightings: 2,
      payload: expect.objectContaining({ note: "keep me" }),
    }),
  ]);
});
