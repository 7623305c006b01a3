import { afterAll, beforeAll, expect, test } from "@jest/globals";
import type { Browser } from "playwright-core";
import { openChromium } from "./chromium.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

let browser: Browser;
let leadgate: LeadgateProcess;
beforeAll(async () => {
  browser = await openChromium();
  leadgate = await startLeadgate("");
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
});

test("the interface can be read in a browser without a network, under a policy that nothing breaks", async () => {
  const page = await browser.newPage();
  const told: string[] = [];
  const asked: string[] = [];
  page.on("console", (message) => told.push(message.text()));
  page.on("pageerror", (error) => told.push(String(error)));
  page.on("request", (request) => asked.push(request.url()));
  await page.goto(`${leadgate.url}/docs`);
  await page.click("#operations-Leads-listLeads .opblock-summary");
  await page.waitForSelector("#operations-Leads-listLeads .opblock-body table.parameters");
  expect(await page.locator(".opblock").count()).toBeGreaterThan(30);
  expect(told).toEqual([]);
  expect(asked.filter((url) => !url.startsWith(leadgate.url) && !url.startsWith("data:"))).toEqual([]);
  await page.close();
});
