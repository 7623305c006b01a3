import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { type Behaviour, SendGridStandIn } from "../support/sendgrid-stand-in.ts";
import { AdminVisits } from "./admin-visit.ts";
import { openChromium } from "./chromium.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

let browser: Browser;
let leadgate: LeadgateProcess;
let sendGrid: SendGridStandIn;
/** What SendGrid makes of the calls for an address; of all others it takes the mail. */
const behaviours = new Map<string, Behaviour>();
const visits = new AdminVisits(
  () => browser,
  () => leadgate,
);

beforeAll(async () => {
  browser = await openChromium();
  sendGrid = await SendGridStandIn.start();
  sendGrid.behave = ({ body }) => behaviours.get(body.personalizations[0]!.to[0]!.email) ?? "accept";
  leadgate = await startLeadgate("followUps: [{ name: greet, on: submission, template: welcome }]", {
    MAIL_MODE: "live",
    MAIL_FROM: "Example <hello@example.com>",
    PUBLIC_URL: "http://127.0.0.1",
    SENDGRID_API_KEY: "SG.key",
    SENDGRID_BASE_URL: sendGrid.url,
  });
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
  await sendGrid?.pause();
});
afterEach(() => visits.expectQuiet());

const lead = async (email: string, behaviour: Behaviour) => {
  behaviours.set(email, behaviour);
  const answer = await leadgate.post("/v1/leads", { email, firstName: "Ada" });
  return ((await answer.json()) as { id: string }).id;
};
const callsFor = (email: string) =>
  sendGrid.calls.filter(({ body }) => body.personalizations[0]!.to[0]!.email === email).length;
const sendAgain = (page: Page) => page.getByRole("button", { name: "Send again" });

test("an uncertain mail is told of on top, and goes again only past a word of what that may do", async () => {
  const email = "uncertain@example.com";
  const id = await lead(email, { status: 500 });
  await visits.visit("", async (page) => {
    await page.getByText("1 mail may have been sent, or not").waitFor();
    await page.getByRole("link", { name: "Settle them" }).click();
    await page.getByRole("table", { name: "Messages" }).getByRole("link").first().click();
    await sendAgain(page).click();
    const dialog = page.getByRole("dialog");
    await dialog.getByText("then the person gets it twice").waitFor();
    expect(callsFor(email)).toBe(1);
    await dialog.getByRole("button", { name: "Cancel" }).click();
    await sendAgain(page).click();
    behaviours.set(email, "accept");
    await dialog.getByRole("button", { name: "Send it, even if twice" }).click();
    // The page learns by itself that it was sent.
    await page.locator(".page-head").getByText("sent", { exact: true }).waitFor();
    expect(callsFor(email)).toBe(2);
    await page.goto(`${leadgate.url}/admin/leads/${id}`);
    await page.getByText(/^“welcome” was handed to SendGrid on/).waitFor();
  });
});

test("failed mails tell why, and go again all together once that is mended", async () => {
  const emails = ["failed.1@example.com", "failed.2@example.com"];
  for (const email of emails) await lead(email, { status: 400, problem: "the from address is not verified" });
  await visits.visit("/messages?status=failed", async (page) => {
    await page
      .getByRole("row", { name: /welcome/ })
      .nth(1)
      .waitFor();
    for (const email of emails) behaviours.set(email, "accept");
    await page.getByRole("button", { name: "Send all failed again" }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Send 2" }).click();
    await page.getByText("2 queued again.").waitFor();
    await page.getByText("No mail is like that").waitFor();
  });
  expect(emails.map(callsFor)).toEqual([2, 2]);
});

test("a paused sender is told of on top, with the reason, and on the page of whoever waits for a mail", async () => {
  const id = await lead("paused@example.com", { status: 401 });
  await visits.visit("", async (page) => {
    await page.getByText("Sending is paused").waitFor();
    await page.getByText("check SENDGRID_API_KEY and the account").waitFor();
    await page.goto(`${leadgate.url}/admin/leads/${id}`);
    await page.getByText("“welcome” waits: sending is paused.").waitFor();
  });
});
