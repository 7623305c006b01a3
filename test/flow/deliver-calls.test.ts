import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import { gate, type MailingInstance, startMailing, until } from "../support/mailing.ts";
import { countOf, rowsOf } from "../support/rows.ts";
import type { Behaviour } from "../support/sendgrid-stand-in.ts";

let instance: MailingInstance;
let people = 0;
/** Calls that a test holds up must not run out of time on a busy machine. */
const PATIENT = { SENDGRID_TIMEOUT_MS: "20000" };
const someone = () => `ann${++people}@example.com`;

beforeAll(async () => {
  instance = await startMailing();
});
afterEach(async () => {
  instance.standIn.behave = () => "accept";
  instance.standIn.refuseToRead = () => false;
  // Whatever a test left waiting is no business of the next.
  await rowsOf(instance.app.database, "DELETE FROM sent_messages RETURNING id");
  await rowsOf(instance.app.database, "DELETE FROM mail_pauses RETURNING provider");
  instance.standIn.forget();
});
afterAll(() => instance.close());

describe("a call", () => {
  test("is made once, its content and SendGrid's own id kept", async () => {
    const id = await instance.lead(someone(), { firstName: "Ann" });
    await instance.deliver();
    await instance.deliver();
    expect(instance.standIn.accepted).toEqual(new Map([[id, 1]]));
    const row = await instance.row(id);
    expect(row).toMatchObject({ status: "sent", attempts: 1, fence: 1, reason: null, lease_until: null });
    expect(row.provider_message_id).toBe(`standin-${id}-1`);
    expect(row.sent_at).toEqual(instance.clock.now());
    expect(instance.standIn.calls[0]!.body.content![1]!.value).toBe(row.html);
  });

  test("is committed as `sending` before it is made", async () => {
    const id = await instance.lead(someone());
    let seen = "";
    instance.standIn.behave = async (): Promise<Behaviour> => {
      seen = (await instance.row(id)).status;
      return "accept";
    };
    await instance.deliver();
    // Had the look waited for a transaction around the call, the call would have run out of time.
    expect([seen, (await instance.row(id)).status]).toEqual(["sending", "sent"]);
  });

  test("carries the address as it was typed, and the headers to unsubscribe with one click", async () => {
    await instance.lead("Bob.Typed+News@Example.com");
    await instance.deliver();
    const { body } = instance.standIn.calls[0]!;
    expect(body.personalizations[0]!.to).toEqual([{ email: "Bob.Typed+News@example.com" }]);
    expect(body.from).toEqual({ email: "hello@example.com", name: "Example" });
    expect(body.headers).toEqual({
      "List-Unsubscribe": expect.stringMatching(/^<https:\/\/leads\.example\.com\/unsubscribe\/[\w-]+>$/),
      "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
    });
  });

  const afterwards: readonly [Behaviour, string, RegExp][] = [
    [{ status: 400, problem: "no such address" }, "failed", /400: no such address/],
    [{ status: 413 }, "failed", /413/],
    [{ status: 500 }, "uncertain", /500/],
    [{ status: 503 }, "uncertain", /503/],
    ["hang", "uncertain", /in time/],
    ["slow-drip", "uncertain", /in time/],
    ["garbage", "uncertain", /broke off/],
    ["cut-after-accepting", "uncertain", /broke off/],
  ];
  test.each(afterwards)("%j leaves it %s, and is never made again", async (behaviour, status, reason) => {
    const id = await instance.lead(someone());
    instance.standIn.behave = () => behaviour;
    await instance.deliver();
    instance.standIn.behave = () => "accept";
    instance.clock.advance(86_400_000);
    await instance.deliver();
    expect(await instance.row(id)).toMatchObject({ status, reason: expect.stringMatching(reason) });
    expect(instance.standIn.calls).toHaveLength(1);
  });

  test("that was cut before it was read is uncertain: some of it had been written", async () => {
    const id = await instance.lead(someone());
    instance.standIn.refuseToRead = () => true;
    await instance.deliver();
    expect(await instance.row(id)).toMatchObject({ status: "uncertain" });
  });

  test("refused for the moment is made again when it was asked to be", async () => {
    const id = await instance.lead(someone());
    instance.standIn.behave = ({ nth }) => (nth === 1 ? { status: 429, headers: { "Retry-After": "100" } } : "accept");
    await instance.deliver();
    const waiting = await instance.row(id);
    expect(waiting).toMatchObject({ status: "queued", attempts: 1, called_at: null });
    expect(waiting.due_at.getTime() - instance.clock.now().getTime()).toBeGreaterThanOrEqual(100_000);
    instance.clock.advance(99_000);
    await instance.deliver();
    expect(instance.standIn.calls).toHaveLength(1);
    instance.clock.advance(60_000);
    await instance.deliver();
    expect(await instance.row(id)).toMatchObject({ status: "sent", attempts: 2, reason: null });
  });

  test("no more than thirty-two are under way at once", async () => {
    for (let n = 0; n < 40; n++) await instance.lead(someone());
    const door = gate();
    instance.standIn.behave = async (): Promise<Behaviour> => {
      await door.opened;
      return "accept";
    };
    const app = await instance.another({ settings: PATIENT });
    const delivering = app.deliverDue();
    await until(() => instance.standIn.underWay === 32);
    door.open();
    await delivering;
    expect(instance.standIn.mostUnderWay).toBe(32);
    expect(await countOf(instance.app.database, "sent_messages", "status = 'sent'")).toBe(40);
  });
});

describe("a worker that dies or is held up", () => {
  test("leaves its call uncertain once the lease ran out, never queued", async () => {
    const id = await instance.lead(someone());
    await rowsOf(
      instance.app.database,
      `UPDATE sent_messages SET status = 'sending', fence = 1, lease_until = '${instance.clock.now().toISOString()}'
       WHERE id = '${id}' RETURNING id`,
    );
    await instance.deliver();
    expect(await instance.row(id)).toMatchObject({ status: "uncertain", fence: 1, lease_until: null });
    expect(instance.standIn.calls).toHaveLength(0);
  });

  test("makes no call when its lease has run out before", async () => {
    const id = await instance.lead(someone());
    const start = instance.clock.now().getTime();
    let looks = 0;
    // Stopped between the commit of `sending` and the call: three looks at the clock later an hour has passed.
    const clock = { now: () => new Date(start + (++looks > 2 ? 3_600_000 : 0)) };
    const app = await instance.another({ clock });
    looks = 0;
    await app.deliverDue();
    expect(instance.standIn.calls).toHaveLength(0);
    expect(await instance.row(id)).toMatchObject({ status: "queued", reason: expect.stringContaining("held up") });
  });

  test("still has its word when what it says is certain", async () => {
    const id = await instance.lead(someone());
    const door = gate();
    instance.standIn.behave = async (): Promise<Behaviour> => {
      await door.opened;
      return "accept";
    };
    const delivering = (await instance.another({ settings: PATIENT })).deliverDue();
    await until(() => instance.standIn.calls.length === 1);
    instance.clock.advance(60_000);
    await (await instance.another()).deliverDue();
    expect(await instance.row(id)).toMatchObject({ status: "uncertain" });
    door.open();
    await delivering;
    expect(await instance.row(id)).toMatchObject({ status: "sent", attempts: 1 });
  });

  test("has no word any more once the message was queued anew", async () => {
    const id = await instance.lead(someone());
    const first = gate<Behaviour>();
    const second = gate<Behaviour>();
    instance.standIn.behave = ({ nth }) => (nth === 1 ? first.opened : second.opened);
    const stale = (await instance.another({ settings: PATIENT })).deliverDue();
    await until(() => instance.standIn.calls.length === 1);
    instance.clock.advance(60_000);
    const other = await instance.another({ settings: PATIENT });
    await other.deliverDue();
    await instance.post(`/v1/messages/${id}/retry`, { acceptDuplicate: true }).expect(200);
    const fresh = other.deliverDue();
    await until(() => instance.standIn.calls.length === 2);
    first.open({ status: 429 });
    await stale;
    expect(await instance.row(id)).toMatchObject({ status: "sending", fence: 3 });
    second.open("accept");
    await fresh;
    instance.clock.advance(86_400_000);
    await instance.deliver();
    expect(await instance.row(id)).toMatchObject({ status: "sent", fence: 3 });
    expect(instance.standIn.calls.map(({ attempt }) => attempt)).toEqual([1, 3]);
  });
});

describe("a provider that refuses us", () => {
  test("401 pauses every process, tells of it, and one probe in five minutes ends it", async () => {
    const ids = [await instance.lead(someone()), await instance.lead(someone()), await instance.lead(someone())];
    instance.standIn.behave = () => ({ status: 401, problem: "Maximum credits exceeded" });
    await instance.deliver();
    const before = instance.standIn.calls.length;
    for (const id of ids) expect(await instance.row(id)).toMatchObject({ status: "queued" });

    const ready = await instance.get("/readyz").expect(200);
    expect(ready.body).toMatchObject({ status: "ready", reasons: [expect.stringMatching(/paused.*Maximum credits/)] });

    const other = await instance.another();
    instance.clock.advance(299_000);
    await Promise.all([other.deliverDue(), instance.deliver()]);
    expect(instance.standIn.calls).toHaveLength(before);

    instance.clock.advance(2_000);
    await Promise.all([other.deliverDue(), instance.deliver()]);
    expect(instance.standIn.calls).toHaveLength(before + 1);

    instance.standIn.behave = () => "accept";
    await instance.deliver();
    expect(instance.standIn.calls).toHaveLength(before + 1);
    instance.clock.advance(301_000);
    await instance.deliver();
    for (const id of ids) expect(await instance.row(id)).toMatchObject({ status: "sent" });
    expect((await instance.get("/readyz").expect(200)).body.reasons).toEqual([]);
    expect(instance.standIn.mostAccepted).toBe(1);
  });
});
