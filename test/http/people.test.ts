import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Instance, startInstance } from "../support/instance.ts";

const CONFIGURATION = `
followUps:
  - { name: confirm, on: lead.created, template: confirm }
  - { name: welcome, on: lead.confirmed, template: welcome, requireConsent: true }
`;

let instance: Instance;
beforeAll(async () => {
  const directory = mkdtempSync(join(tmpdir(), "leadgate-templates-"));
  writeFileSync(join(directory, "plain.liquid"), "---\nsubject: Hello\n---\n<p>Hello</p>\n");
  instance = await startInstance({ configuration: CONFIGURATION, settings: { TEMPLATES_DIR: directory } });
});
afterAll(() => instance.close());

/** The link of a purpose in the mail a new lead gets, as a path. */
async function linkFor(email: string, purpose: string): Promise<{ path: string; leadId: string }> {
  const { body } = await instance.post("/v1/leads", { email });
  await instance.deliver();
  const messages = (await instance.get(`/v1/messages?leadId=${body.id}`)).body.data;
  const { text } = (await instance.get(`/v1/messages/${messages[0].id}`)).body;
  const path = new RegExp(`https://leads\\.example\\.com(/${purpose}/[\\w-]+)`).exec(text)?.[1];
  return { path: path ?? `no ${purpose} link in the mail`, leadId: body.id };
}

const leadOf = async (id: string) => (await instance.get(`/v1/leads/${id}`)).body;

test("opening the confirmation link changes nothing; pressing the button is consent, and sets off the welcome once", async () => {
  const { path, leadId } = await linkFor("optin@example.com", "confirm");
  const page = await instance.http.get(path);
  expect(page.status).toBe(200);
  expect(page.text).toContain(`action="${path}"`);
  expect((await leadOf(leadId)).consent).toBe(null);

  const clicks = await Promise.all([instance.http.post(path), instance.http.post(path)]);
  expect(clicks.map(({ status }) => status)).toEqual([200, 200]);
  expect((await leadOf(leadId)).consent).toBe(true);
  const messages = (await instance.get(`/v1/messages?leadId=${leadId}&template=welcome`)).body.data;
  expect(messages).toHaveLength(1);
});

test("a click after a new refusal counts again", async () => {
  const { path, leadId } = await linkFor("changed@example.com", "confirm");
  await instance.http.post(path);
  instance.clock.advance(60_000);
  await instance.post("/v1/leads", { email: "changed@example.com", consent: false });
  expect((await leadOf(leadId)).consent).toBe(false);
  instance.clock.advance(60_000);
  await instance.http.post(path);
  expect((await leadOf(leadId)).consent).toBe(true);
});

test("opening the unsubscribe link changes nothing; one click, from a person or a mail client, ends all mail", async () => {
  const { path, leadId } = await linkFor("enough@example.com", "unsubscribe");
  await instance.http.get(path);
  expect((await leadOf(leadId)).suppressed).toBe(false);
  const oneClick = await instance.http.post(path).type("form").send("List-Unsubscribe=One-Click");
  expect(oneClick.status).toBe(200);
  expect((await leadOf(leadId)).suppressed).toBe(true);
  await instance.http.post(path).field("List-Unsubscribe", "One-Click");
  const changes = (await instance.get(`/v1/leads/${leadId}/timeline?type=change`)).body.data;
  expect(changes).toMatchObject([{ actor: "unsubscribe link", changes: { suppressed: { from: false, to: true } } }]);
});

test("no intake lifts a suppression", async () => {
  const { path, leadId } = await linkFor("stays@example.com", "unsubscribe");
  await instance.http.post(path);
  await instance.post("/v1/leads", { email: "stays@example.com", consent: true, firstName: "Back" });
  expect(await leadOf(leadId)).toMatchObject({ suppressed: true, firstName: "Back" });
});

test("a link that was changed, or made for another purpose, does nothing", async () => {
  const { path, leadId } = await linkFor("forged@example.com", "unsubscribe");
  const forged = `${path.slice(0, -2)}${path.endsWith("AA") ? "BB" : "AA"}`;
  for (const wrong of [forged, path.replace("unsubscribe", "confirm"), "/unsubscribe/x", "/confirm/x"]) {
    expect((await instance.http.get(wrong)).status).toBe(404);
    expect((await instance.http.post(wrong)).status).toBe(404);
  }
  expect(await leadOf(leadId)).toMatchObject({ suppressed: false, consent: null });
});
