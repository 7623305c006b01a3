import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import { createRequeue } from "../../src/flow/requeue.ts";
import { gate, type MailingInstance, startMailing, until } from "../support/mailing.ts";
import { countOf, rowsOf } from "../support/rows.ts";

describe("what an operator releases", () => {
  let instance: MailingInstance;
  beforeAll(async () => {
    instance = await startMailing();
  });
  afterAll(() => instance.close());

  test("all that was previewed, failed or, if a duplicate is accepted, uncertain", async () => {
    const { database } = instance.app;
    let queued = 0;
    const requeue = createRequeue({ database, clock: instance.clock, onQueued: () => queued++ });
    const standings = ["previewed", "failed", "uncertain", "delivered"];
    for (const status of standings) {
      const id = await instance.lead(`${status}@example.com`);
      await rowsOf(
        database,
        `UPDATE sent_messages SET status = '${status}', fence = 4 WHERE id = '${id}' RETURNING id`,
      );
    }
    await expect(requeue.all("uncertain", { acceptDuplicate: false })).rejects.toMatchObject({ kind: "conflict" });
    expect(await requeue.all("previewed", { acceptDuplicate: false })).toBe(1);
    expect(await requeue.all("failed", { acceptDuplicate: false })).toBe(1);
    expect(await requeue.all("uncertain", { acceptDuplicate: true })).toBe(1);
    expect(await requeue.all("uncertain", { acceptDuplicate: true })).toBe(0);
    expect(queued).toBe(3);
    expect(await countOf(database, "sent_messages", "status = 'queued' AND fence = 5")).toBe(3);
    await instance.deliver();
    expect(await countOf(database, "sent_messages", "status = 'sent' AND fence = 6")).toBe(3);
  });
});

test("a stop waits for the calls under way, and what they say is written down", async () => {
  const instance = await startMailing({ settings: { SENDGRID_TIMEOUT_MS: "5000" } });
  const id = await instance.lead("last@example.com");
  const door = gate();
  instance.standIn.behave = async () => {
    await door.opened;
    return "accept" as const;
  };
  const worker = await instance.another({ settings: { ROLE: "worker" } });
  await worker.start();
  await until(() => instance.standIn.calls.length === 1);
  let stopped = false;
  const stopping = worker.stop().then(() => {
    stopped = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 100));
  expect(stopped).toBe(false);
  door.open();
  await stopping;
  expect(await instance.row(id)).toMatchObject({ status: "sent" });
  await instance.close();
});
