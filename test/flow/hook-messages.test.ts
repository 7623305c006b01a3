import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";
import { type MailingInstance, startMailing } from "../support/mailing.ts";

let instance: MailingInstance;
let receiver: HookReceiver;
beforeAll(async () => {
  instance = await startMailing({ settings: { HOOKS_ALLOW_PRIVATE: "true" } });
});
afterAll(() => instance.close());
beforeEach(async () => {
  receiver = await startHookReceiver();
  await instance.post("/v1/hooks", { url: receiver.url, events: ["message.sent"] }).expect(201);
});
afterEach(async () => {
  await receiver.close();
  await instance.app.database.prisma.hook.deleteMany();
  instance.standIn.behave = () => "accept";
});

const told = () => receiver.received.map(({ body }) => [body.type, body.data.id, body.data.status]);

test("a mail that was sent is told once, though the event webhook proves it again", async () => {
  const id = await instance.lead("sent@example.com");
  await instance.deliver();
  await instance.tell([
    { sg_event_id: "a", message_id: id, event: "processed", timestamp: 1_772_366_400 },
    { sg_event_id: "b", message_id: id, event: "delivered", timestamp: 1_772_366_401 },
  ]);
  await instance.app.sendHooks();
  expect(told()).toEqual([["message.sent", id, "sent"]]);
  const { html: _, text: __, ...message } = (await instance.get(`/v1/messages/${id}`)).body;
  expect(receiver.received[0]!.body.data).toEqual({
    ...message,
    status: "sent",
    updatedAt: expect.any(String),
  });
});

test("a mail of which nobody knew is told when its event proves that it was sent", async () => {
  instance.standIn.behave = () => "cut-after-accepting";
  const id = await instance.lead("uncertain@example.com");
  await instance.deliver();
  await instance.app.sendHooks();
  expect([(await instance.row(id)).status, told()]).toEqual(["uncertain", []]);
  await instance.tell([{ sg_event_id: "c", message_id: id, event: "delivered", timestamp: 1_772_366_500 }]);
  await instance.app.sendHooks();
  expect(told()).toEqual([["message.sent", id, "delivered"]]);
});

test("a mail that SendGrid refused is not told", async () => {
  instance.standIn.behave = () => ({ status: 400, problem: "no" });
  await instance.lead("refused@example.com");
  await instance.deliver();
  await instance.app.sendHooks();
  expect(told()).toEqual([]);
});
