import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { hashRecipient } from "../../src/flow/form-caps.ts";
import { type MailingInstance, NAMED_FORM, startMailing } from "../support/mailing.ts";
import { countOf, rowsOf } from "../support/rows.ts";

const HOUR = 3_600_000;

describe("mail caused by forms", () => {
  let instance: MailingInstance;
  beforeAll(async () => {
    instance = await startMailing({ settings: { FORM_MAIL_MAX_PER_HOUR: "3" } });
  });
  afterEach(async () => {
    await rowsOf(instance.app.database, "DELETE FROM sent_messages RETURNING id");
    instance.standIn.behave = () => "accept";
    instance.standIn.forget();
    instance.clock.advance(48 * HOUR);
  });
  afterAll(() => instance.close());

  const count = (status: string) => countOf(instance.app.database, "sent_messages", `status = '${status}'`);

  test("goes to a recipient once a day, however the address is tagged and dotted", async () => {
    await instance.form("eve@example.com");
    await instance.form("eve+1@example.com");
    await instance.form("e.v.e@example.com");
    await instance.deliver();
    expect([await count("sent"), await count("queued")]).toEqual([1, 2]);
    instance.clock.advance(23 * HOUR);
    await instance.deliver();
    expect(await count("sent")).toBe(1);
    instance.clock.advance(HOUR);
    await instance.deliver();
    expect([await count("sent"), await count("queued")]).toEqual([2, 1]);
    instance.clock.advance(24 * HOUR);
    await instance.deliver();
    expect(await count("sent")).toBe(3);
  });

  test("goes so many times an hour in all, over all processes; the rest waits, and holds up nothing else", async () => {
    for (let n = 0; n < 25; n++) await instance.form(`person-${n}@example.com`);
    const webhook = await instance.lead("someone-else@example.com");
    const other = await instance.another();
    await Promise.all([instance.deliver(), other.deliverDue()]);
    await instance.deliver();
    expect([await count("sent"), await count("queued")]).toEqual([4, 22]);
    expect(await instance.row(webhook)).toMatchObject({ status: "sent" });
    instance.clock.advance(HOUR);
    await Promise.all([instance.deliver(), other.deliverDue()]);
    await instance.deliver();
    expect([await count("sent"), await count("queued")]).toEqual([7, 19]);
  });

  test("does not count against its cap when nothing was sent", async () => {
    await instance.form("frank@example.com");
    instance.standIn.behave = ({ nth }) => (nth === 1 ? { status: 429 } : "accept");
    await instance.deliver();
    instance.clock.advance(60_000);
    await instance.deliver();
    expect(await count("sent")).toBe(1);
  });

  test("counts when it may have been sent", async () => {
    await instance.form("grace@example.com");
    await instance.form("grace+again@example.com");
    instance.standIn.behave = () => ({ status: 500 });
    await instance.deliver();
    instance.clock.advance(HOUR);
    await instance.deliver();
    expect([await count("uncertain"), await count("queued")]).toEqual([1, 1]);
  });
});

test("mail caused by webhooks and own code is not capped", async () => {
  const instance = await startMailing({ settings: { FORM_MAIL_MAX_PER_HOUR: "0" } });
  await instance.lead("heidi@example.com");
  await instance.post("/v1/leads", { email: "heidi+2@example.com" }).expect(201);
  await instance.form("heidi+3@example.com");
  await instance.deliver();
  const rows = await rowsOf<{ channel: string; status: string }>(
    instance.app.database,
    "SELECT channel, status FROM sent_messages ORDER BY channel",
  );
  expect(rows).toEqual([
    { channel: "api", status: "sent" },
    { channel: "form", status: "queued" },
    { channel: "webhook", status: "sent" },
  ]);
  await instance.close();
});

test("the team hears of every form post, with the lead to answer to, and never in the lead's own mailbox", async () => {
  const configuration = NAMED_FORM.replace(
    "template: welcome }",
    "template: welcome }\n  - { name: tell-owner, on: submission, template: new-lead, to: owner@example.com }",
  );
  const instance = await startMailing({ configuration });
  await instance.form("ivan@example.com");
  await instance.form("judy@example.com");
  // The rule goes before its mail does: the address it had stands.
  await rowsOf(instance.app.database, "UPDATE sent_messages SET rule = 'gone' RETURNING id");
  await instance.deliver();
  const calls = instance.standIn.calls.map(({ body }) => [
    body.personalizations[0]!.to[0]!.email,
    body.reply_to?.email,
    body.headers !== undefined,
  ]);
  expect(calls.sort()).toEqual([
    ["ivan@example.com", undefined, true],
    ["judy@example.com", undefined, true],
    ["owner@example.com", "ivan@example.com", false],
    ["owner@example.com", "judy@example.com", false],
  ]);
  await instance.close();
});

describe("in live mode without `sources`", () => {
  test("forms queue no mail and the decision says why; webhooks queue it", async () => {
    const instance = await startMailing({ configuration: "" });
    await instance.form("kim@example.com");
    await instance.lead("leo@example.com");
    await instance.deliver();
    expect(instance.standIn.calls.map(({ body }) => body.personalizations[0]!.to[0]!.email)).toEqual([
      "leo@example.com",
    ]);
    const [lead] = (await instance.get("/v1/leads?email=kim@example.com").expect(200)).body.data;
    const timeline = await instance.get(`/v1/leads/${lead.id}/timeline?type=decisions`).expect(200);
    expect(timeline.body.data).toEqual([
      expect.objectContaining({ rule: "welcome", verdict: "held", reason: expect.stringContaining("`sources`") }),
    ]);
    await instance.close();
  });
});

describe("the other modes", () => {
  test.each([
    ["preview", "previewed"],
    ["shadow", "shadowed"],
  ])("%s calls nobody", async (mode, status) => {
    const instance = await startMailing({ configuration: "", settings: { MAIL_MODE: mode } });
    await instance.form("mia@example.com");
    await instance.deliver();
    expect(await countOf(instance.app.database, "sent_messages", `status = '${status}'`)).toBe(1);
    expect(instance.standIn.calls).toEqual([]);
    await instance.close();
  });

  test("sandbox has SendGrid check the mail and send nothing", async () => {
    const instance = await startMailing({ configuration: "", settings: { MAIL_MODE: "sandbox" } });
    instance.standIn.behave = () => ({ status: 200 });
    const id = await instance.lead("nina@example.com");
    await instance.deliver();
    expect(instance.standIn.calls[0]!.body.mail_settings).toEqual({ sandbox_mode: { enable: true } });
    expect(await instance.row(id)).toMatchObject({ status: "sent", reason: expect.stringContaining("sandbox") });
    await instance.close();
  });
});

test("a template that SendGrid keeps is filled with the lead and the links", async () => {
  const configuration = NAMED_FORM.replace("template: welcome }", "template: { sendgrid: d-0123 } }");
  const instance = await startMailing({ configuration });
  const id = await instance.lead("olga@example.com", { firstName: "Olga" });
  await instance.deliver();
  const { body } = instance.standIn.calls[0]!;
  expect(body.template_id).toBe("d-0123");
  expect(body.personalizations[0]!.dynamic_template_data).toMatchObject({
    lead: { firstName: "Olga" },
    unsubscribeUrl: expect.stringContaining("/unsubscribe/"),
  });
  expect(body.headers).toHaveProperty("List-Unsubscribe");
  expect(await instance.row(id)).toMatchObject({ status: "sent" });
  await instance.close();
});

test("two spellings of one mailbox are one recipient, two mailboxes are two", () => {
  const hash = (email: string) => hashRecipient(Buffer.from("secret"), email);
  expect(hash("a.nn+x@example.com")).toBe(hash("ann@example.com"));
  expect(hash("ann@example.com")).not.toBe(hash("ann@example.org"));
  expect(hash("ann@example.com")).not.toContain("ann");
});
