import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";
import { atOnce, numbers } from "../support/parallel.ts";
import { rowsOf } from "../support/rows.ts";

const HOUR = 3_600_000;
const CONFIGURATION = `
sources: { shop: { kind: webhook }, late: { kind: webhook }, cut: { kind: webhook }, bad: { kind: webhook } }
followUps:
  - { name: hello, on: submission, sources: [shop, bad], template: welcome }
  - { name: later, on: submission, sources: [late], delay: 2h, unless: "lead.company == 'Stop'", template: welcome }
  - { name: emoji, on: submission, sources: [cut], template: emoji }
  - { name: broken, on: submission, sources: [bad], template: broken }
`;

let instance: Instance;
let templates: string;
beforeAll(async () => {
  templates = mkdtempSync(join(tmpdir(), "leadgate-templates-"));
  writeFileSync(
    join(templates, "emoji.liquid"),
    `---\nsubject: "Hi {{ lead.firstName | split: '' | first }}"\n---\n<p>{{ lead.firstName | truncate: 1, '' }}</p>`,
  );
  writeFileSync(join(templates, "broken.liquid"), "---\nsubject: Hi\n---\n<p>{{ lead.message | url_decode }}</p>");
  instance = await startInstance({ configuration: CONFIGURATION, settings: { TEMPLATES_DIR: templates } });
});
afterAll(async () => {
  await instance.close();
  rmSync(templates, { recursive: true });
});
beforeEach(() => instance.deliver());

interface Message {
  readonly template: string;
  readonly status: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly subject: string | null;
  readonly html: string | null;
  readonly text: string | null;
}
const messagesOf = (emails: string) =>
  rowsOf<Message>(
    instance.app.database,
    `SELECT template, m.status, reason, attempts, subject, html, text FROM sent_messages m JOIN leads ON leads.id = lead_id
    WHERE email LIKE '${emails}' ORDER BY template`,
  );
const post = (source: string, body: object) => instance.post(`/webhooks/${source}`, body);

test("a due mail is rendered and kept with subject, HTML and text, and can be read back", async () => {
  const { body } = await post("shop", { email: "a@example.com", firstName: "Ann" });
  expect(await messagesOf("a@example.com")).toMatchObject([
    { status: "queued", attempts: 0, subject: null, html: null, text: null },
  ]);
  await instance.deliver();
  const [kept] = await messagesOf("a@example.com");
  expect(kept).toMatchObject({ template: "welcome", status: "previewed", subject: expect.stringMatching(/./) });
  expect(kept!.html).toContain("Ann");
  expect(kept!.text).toContain("Ann");
  const list = await instance.get(`/v1/messages?leadId=${body.id}`);
  const read = await instance.get(`/v1/messages/${list.body.data[0].id}`);
  expect(read.body).toMatchObject({ status: "previewed", subject: kept!.subject, html: kept!.html, text: kept!.text });
});

test("several workers at once settle each mail once", async () => {
  await post(
    "shop",
    numbers(130).map((index) => ({ email: `w${index}@example.com` })),
  );
  await atOnce(numbers(6), () => instance.deliver());
  const messages = await messagesOf("w%@example.com");
  expect(messages).toHaveLength(130);
  expect(messages.filter(({ status, attempts }) => status !== "previewed" || attempts > 1)).toEqual([]);
  const before = await messagesOf("w%@example.com");
  await instance.deliver();
  expect(await messagesOf("w%@example.com")).toEqual(before);
});

test("a delayed mail is not rendered before its time, and says what is true then", async () => {
  await post("late", { email: "b@example.com", firstName: "Before" });
  instance.clock.advance(2 * HOUR - 1);
  await instance.deliver();
  expect(await messagesOf("b@example.com")).toMatchObject([{ status: "queued" }]);
  await post("late", { email: "b@example.com", firstName: "After" });
  instance.clock.advance(1);
  await instance.deliver();
  const [kept] = await messagesOf("b@example.com");
  expect(kept).toMatchObject({ status: "previewed" });
  expect(kept!.html).toContain("After");
});

test("`unless` cancels a mail that has become pointless, says why, and it never goes", async () => {
  await post("late", { email: "c@example.com" });
  await post("late", { email: "c@example.com", company: "Stop" });
  instance.clock.advance(2 * HOUR);
  await instance.deliver();
  const cancelled = { status: "cancelled", reason: expect.stringContaining("lead.company == 'Stop'"), html: null };
  expect(await messagesOf("c@example.com")).toMatchObject([cancelled]);
  await post("late", { email: "c@example.com", company: "Go" });
  instance.clock.advance(2 * HOUR);
  await instance.deliver();
  expect(await messagesOf("c@example.com")).toMatchObject([cancelled]);
});

test("a mail that was queued before its lead unsubscribed is not rendered", async () => {
  await post("late", { email: "d@example.com" });
  await instance.app.database.prisma.lead.update({ where: { email: "d@example.com" }, data: { suppressed: true } });
  instance.clock.advance(2 * HOUR);
  await instance.deliver();
  expect(await messagesOf("d@example.com")).toMatchObject([
    { status: "suppressed", html: null, text: null, subject: null },
  ]);
});

test("a template that cannot be rendered fails its own mail only", async () => {
  await post("bad", [
    { email: "e@example.com", message: "%E0%A4%A" },
    { email: "f@example.com", message: "2" },
  ]);
  await instance.deliver();
  expect(await messagesOf("e@example.com")).toMatchObject([
    { template: "broken", status: "failed", reason: expect.stringContaining("broken"), html: null },
    { template: "welcome", status: "previewed" },
  ]);
  expect(await messagesOf("f@example.com")).toMatchObject([{ status: "previewed" }, { status: "previewed" }]);
});

test("a template that cuts an emoji in two holds up nobody's mail", async () => {
  await post("cut", { email: "g@example.com", firstName: "👍👍" });
  await post("shop", { email: "h@example.com" });
  await instance.deliver();
  expect(await messagesOf("g@example.com")).toMatchObject([{ status: "previewed", subject: "Hi \ufffd" }]);
  expect(await messagesOf("h@example.com")).toMatchObject([{ status: "previewed" }]);
});
