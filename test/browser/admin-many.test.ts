import { readFileSync } from "node:fs";
import { afterAll, afterEach, beforeAll, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { AdminVisits } from "./admin-visit.ts";
import { openChromium } from "./chromium.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

const LEADS = 10_000;
const BATCH = 1_000;
/** Rows in the page at once at most, however long the list: what is seen, and some to spare. */
const MOST_ROWS = 80;

let browser: Browser;
let leadgate: LeadgateProcess;
const visits = new AdminVisits(
  () => browser,
  () => leadgate,
);
beforeAll(async () => {
  browser = await openChromium();
  leadgate = await startLeadgate("");
  for (let from = 1; from <= LEADS; from += BATCH) {
    const batch = Array.from({ length: BATCH }, (_, n) => ({
      email: `person.${from + n}@example.com`,
      firstName: "Person",
      lastName: String(from + n).padStart(5, "0"),
    }));
    await leadgate.post("/v1/leads?followUps=off", batch);
  }
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
});
afterEach(() => visits.expectQuiet());

const rows = (page: Page) => page.locator("tr[data-index]");
const lastIndex = (page: Page) => rows(page).last().getAttribute("data-index").then(Number);

/** Scrolls to the end again and again, as somebody does who wants to see all. */
async function scrollToEnd(page: Page, stopAt: number): Promise<void> {
  await page.evaluate(`new Promise((resolve) => {
    const step = () => {
      scrollTo({ top: document.documentElement.scrollHeight });
      const last = [...document.querySelectorAll("tr[data-index]")].at(-1);
      if (Number(last?.dataset.index ?? 0) >= ${stopAt - 1}) resolve();
      else requestAnimationFrame(step);
    };
    step();
  })`);
}

test("all of ten thousand leads are reached by scrolling, with no more rows in the page than are seen", async () => {
  await visits.visit("/leads", async (page) => {
    await page.getByText("10,000 in all").waitFor();
    await scrollToEnd(page, LEADS);
    expect(await lastIndex(page)).toBe(LEADS - 1);
    expect(await rows(page).count()).toBeLessThan(MOST_ROWS);
    const seen = await page.getByRole("link", { name: /^Person \d+$/ }).allTextContents();
    expect(seen.length).toBeGreaterThan(15);
    // Halfway up again, rows are where they belong: each once, in order.
    await page.evaluate("scrollTo({ top: document.documentElement.scrollHeight / 2 })");
    await page.locator(`tr[data-index="${LEADS / 2}"]`).waitFor();
    const indexes = await rows(page).evaluateAll((found) =>
      found.map((row) => Number((row as HTMLElement).dataset.index)),
    );
    expect(indexes).toEqual(indexes.map((_, offset) => indexes[0]! + offset));
    expect(await rows(page).count()).toBeLessThan(MOST_ROWS);
  });
});

test("whoever looks at a lead far down and goes back is where they were", async () => {
  await visits.visit("/leads", async (page) => {
    await scrollToEnd(page, 1_500);
    const link = page.getByRole("link", { name: /^Person \d+$/ }).nth(20);
    const name = await link.textContent();
    await link.click();
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.goBack();
    await page.getByRole("link", { name: name! }).waitFor();
    expect(await page.evaluate("scrollY")).toBeGreaterThan(10_000);
  });
});

test("one of ten thousand is found by a part of the address, and its address in the browser can be passed on", async () => {
  await visits.visit("/leads", async (page) => {
    await page.getByLabel("Search leads").fill("person.7777@");
    await page.getByText("1 found").waitFor();
    await page.reload();
    await page.getByText("1 found").waitFor();
    expect(await page.getByRole("link", { name: "Person 07777" }).count()).toBe(1);
  });
});

test("what is exported is what the filters show", async () => {
  await visits.visit("/leads?q=person.777", async (page) => {
    await page.getByText("11 found").waitFor();
    const download = page.waitForEvent("download");
    await page.getByRole("link", { name: "CSV", exact: true }).click();
    const path = await (await download).path();
    expect(readFileSync(path, "utf8").trim().split("\n")).toHaveLength(12);
  });
});
