import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { startInstance } from "../support/instance.ts";
import { type MailingInstance, startMailing } from "../support/mailing.ts";
import { countOf, rowsOf } from "../support/rows.ts";

let instance: MailingInstance;
let people = 0;
let events = 0;

beforeAll(async () => {
  instance = await startMailing();
});
afterAll(() => instance.close());

/** A follow-up that was sent, and what tells of it. */
async function sent() {
  const email = `pat${++people}@example.com`;
  const id = await instance.lead(email);
  await instance.deliver();
  const event = (name: string, more: object = {}) => ({
    email,
    timestamp: 1_772_000_000 + ++events,
    event: name,
    sg_event_id: `event-${events}`,
    message_id: id,
    ...more,
  });
  const lead = async () => {
    const [row] = await rowsOf<{ id: string; suppressed: boolean }>(
      instance.app.database,
      `SELECT l.id, l.suppressed FROM leads l JOIN sent_messages m ON m.lead_id = l.id WHERE m.id = '${id}'`,
    );
    return row!;
  };
  return { id, event, lead, status: async () => (await instance.row(id)).status };
}

describe("POST /sendgrid/events", () => {
  test("is not there without a key", async () => {
    const plain = await startInstance();
    const { body, headers } = instance.standIn.signEvents([]);
    await plain.http.post("/sendgrid/events").set(headers).send(body).expect(404);
    await plain.close();
  });

  test("takes nothing that is not signed, or signed for other bytes", async () => {
    const { event, id, status } = await sent();
    const { body, headers } = instance.standIn.signEvents([event("delivered")]);
    const post = () => instance.http.post("/sendgrid/events");
    await post().set("Content-Type", "application/json").send(body).expect(401);
    await post().set(headers).send(`${body} `).expect(401);
    await post().set(headers).send(body.replace("delivered", "bounce")).expect(401);
    expect(await status()).toBe("sent");
    expect(await countOf(instance.app.database, "mail_events", `message_id = '${id}'`)).toBe(0);
  });

  test("counts an event once, by its id and by message, event and time", async () => {
    const { event, status } = await sent();
    const delivered = event("delivered");
    expect(await instance.tell([delivered, delivered])).toBe(1);
    expect(await instance.tell([delivered])).toBe(0);
    expect(await instance.tell([{ ...delivered, sg_event_id: "another-id" }])).toBe(0);
    expect(await instance.tell([{ ...delivered, timestamp: delivered.timestamp + 1 }])).toBe(0);
    expect(await status()).toBe("delivered");
  });

  test("ignores what is not about mail of ours", async () => {
    const { event } = await sent();
    const others = [
      event("delivered", { message_id: "0190aaaa-0000-7000-8000-000000000000" }),
      event("delivered", { message_id: "not an id" }),
      event("delivered", { message_id: undefined }),
      event("delivered", { timestamp: undefined }),
      { event: 7 },
      null,
      "text",
    ];
    expect(await instance.tell(others as object[])).toBe(0);
  });

  test("never lets a status go back", async () => {
    const { event, status } = await sent();
    await instance.tell([event("bounce", { type: "blocked", reason: "greylisted" })]);
    await instance.tell([event("delivered"), event("processed"), event("deferred")]);
    expect(await status()).toBe("bounced");
  });

  const suppressing: readonly [string, object, string, boolean][] = [
    ["bounce", { type: "bounce" }, "bounced", true],
    ["bounce", { type: "blocked" }, "bounced", false],
    ["spamreport", {}, "delivered", true],
    ["unsubscribe", {}, "delivered", true],
    ["group_unsubscribe", {}, "delivered", true],
    ["dropped", { reason: "Bounced Address" }, "suppressed", true],
    ["dropped", { reason: "Spam Content" }, "failed", false],
    ["delivered", {}, "delivered", false],
  ];
  test.each(suppressing)("%s %j: %s, suppressed: %s", async (name, more, status, suppressed) => {
    const message = await sent();
    await instance.tell([message.event(name, more)]);
    expect(await message.status()).toBe(status);
    const lead = await message.lead();
    expect(lead.suppressed).toBe(suppressed);
    expect(await countOf(instance.app.database, "lead_changes", `lead_id = '${lead.id}'`)).toBe(suppressed ? 1 : 0);
  });

  test("an event told again does not undo an administrator's word", async () => {
    const { event, lead } = await sent();
    const bounce = event("bounce", { type: "bounce" });
    await instance.tell([bounce]);
    await rowsOf(
      instance.app.database,
      `UPDATE leads SET suppressed = false WHERE id = '${(await lead()).id}' RETURNING id`,
    );
    await instance.tell([bounce]);
    expect((await lead()).suppressed).toBe(false);
  });

  test("settles what is uncertain", async () => {
    instance.standIn.behave = () => "cut-after-accepting";
    const { event, status, id } = await sent();
    instance.standIn.behave = () => "accept";
    expect(await status()).toBe("uncertain");
    await instance.tell([event("processed")]);
    expect(await status()).toBe("sent");
    await instance.tell([event("delivered")]);
    expect(await instance.row(id)).toMatchObject({ status: "delivered", sent_at: expect.any(Date) });
  });
});

describe("POST /v1/messages/:id/retry", () => {
  test("sends failed mail again, and uncertain mail when a duplicate is accepted", async () => {
    instance.standIn.behave = () => ({ status: 400 });
    const failed = await sent();
    instance.standIn.behave = () => ({ status: 500 });
    const uncertain = await sent();
    instance.standIn.behave = () => "accept";

    const answer = await instance.post(`/v1/messages/${failed.id}/retry`, {}).expect(200);
    expect(answer.body).toMatchObject({ id: failed.id, status: "queued" });
    const refused = await instance.post(`/v1/messages/${uncertain.id}/retry`, {}).expect(409);
    expect(refused.body.detail).toContain("acceptDuplicate");
    await instance.post(`/v1/messages/${uncertain.id}/retry`, { acceptDuplicate: true }).expect(200);
    await instance.deliver();
    expect([await failed.status(), await uncertain.status()]).toEqual(["sent", "sent"]);
  });

  test("refuses everything else, with what to do", async () => {
    const { id } = await sent();
    const refused = await instance.post(`/v1/messages/${id}/retry`, { acceptDuplicate: true }).expect(409);
    expect(refused.body.detail).toContain("sent");
    await instance.post("/v1/messages/0190aaaa-0000-7000-8000-000000000000/retry", {}).expect(404);
    await instance.post(`/v1/messages/${id}/retry`, { acceptDuplicates: true }).expect(422);
    await instance.http.post(`/v1/messages/${id}/retry`).expect(401);
  });

  test("a drop of the first call does not stop the second; a delivery of the first one does", async () => {
    const dropped = await sent();
    await instance.tell([dropped.event("dropped", { reason: "Invalid", attempt: "1" })]);
    expect(await dropped.status()).toBe("failed");
    await instance.post(`/v1/messages/${dropped.id}/retry`, {}).expect(200);
    await instance.tell([dropped.event("dropped", { reason: "Invalid", attempt: "1" })]);
    expect(await dropped.status()).toBe("queued");
    await instance.deliver();
    await instance.tell([dropped.event("delivered", { attempt: "3" })]);
    expect(await dropped.status()).toBe("delivered");

    instance.standIn.behave = () => ({ status: 500 });
    const arrived = await sent();
    instance.standIn.behave = () => "accept";
    await instance.post(`/v1/messages/${arrived.id}/retry`, { acceptDuplicate: true }).expect(200);
    await instance.tell([arrived.event("delivered", { attempt: "1" })]);
    const calls = instance.standIn.calls.length;
    await instance.deliver();
    expect(await arrived.status()).toBe("delivered");
    expect(instance.standIn.calls).toHaveLength(calls);
  });
});
