import { mkdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { AxeResults } from "axe-core";
import type { Browser, Page } from "playwright-core";
import { AdminVisits } from "./admin-visit.ts";
import { openChromium } from "./chromium.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

const PICTURES = "test-results";
const AXE = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const CONFIGURATION = `
sources:
  contact: { kind: form, origins: ["https://www.example.com"], redirects: ["https://www.example.com/thanks"] }
  crm: { kind: webhook, secret: "secret-of-the-crm", map: { company: "firm.name" } }
followUps:
  - { name: welcome, on: submission, template: welcome }
  - { name: offer, on: submission, sources: [crm], when: "lead.country == 'DE'", template: confirm, delay: 2h, unless: "'paid' in events" }
`;

let browser: Browser;
let leadgate: LeadgateProcess;
let ids: { lead: string; message: string; quarantined: string };
const visits = new AdminVisits(
  () => browser,
  () => leadgate,
);

beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await openChromium();
  leadgate = await startLeadgate(CONFIGURATION);
  await leadgate.post("/v1/keys", { name: "Website", scopes: ["ingest"] });
  await leadgate.post("/v1/hooks", { url: "https://hooks.example.com/leads", events: ["lead.created"] });
  for (let n = 1; n <= 30; n++) {
    await leadgate.post("/webhooks/crm", {
      ...{ email: `ann.${n}@example.com`, firstName: "Ann", lastName: `Example ${n}`, country: n % 2 ? "DE" : "FR" },
      ...{ company: "Example Ltd", message: "Please call me.", seats: n, tags: ["a", "b"], utm_source: "news" },
    });
  }
  await leadgate.post("/v1/events", { id: "o1", type: "paid", email: "ann.1@example.com", value: 49, currency: "EUR" });
  await leadgate.post("/webhooks/crm", { email: "nobody", kontakt: { adresse: "ann@example.com" } });
  const first = async (path: string) => (await leadgate.get(path)).data[0].id as string;
  ids = {
    lead: await first("/v1/leads?email=ann.1@example.com"),
    message: await first("/v1/messages?status=previewed"),
    quarantined: await first("/v1/quarantine"),
  };
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
});
afterEach(() => visits.expectQuiet());

/** Every view, and what is there once it is loaded. */
const VIEWS: [name: string, path: () => string, there: string][] = [
  ["overview", () => "", "Came in"],
  ["leads", () => "/leads", "Ann Example 30"],
  ["lead", () => `/leads/${ids.lead}`, "Timeline"],
  ["messages", () => "/messages", "Ann Example 30"],
  ["message", () => `/messages/${ids.message}`, "Preview"],
  ["quarantine", () => "/quarantine", "waits"],
  ["quarantined", () => `/quarantine/${ids.quarantined}`, "Not yet:"],
  ["sources", () => "/sources", "Connect it"],
  ["rules", () => "/rules", "Follow-up rules"],
  ["hooks", () => "/hooks", "Told of lead.created"],
  ["keys", () => "/keys", "Website"],
  ["nowhere", () => "/nowhere", "There is nothing at this address"],
];

/** What axe finds that keeps people from using the page, each with where it is. */
async function barriers(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  const { violations, passes } = (await page.evaluate(
    "axe.run(document, { iframes: false, resultTypes: ['violations'] })",
  )) as AxeResults;
  expect(passes.length).toBeGreaterThan(10);
  return violations
    .filter(({ impact }) => impact === "serious" || impact === "critical")
    .flatMap(({ id, nodes }) => nodes.map(({ target, failureSummary }) => `${id} ${target}: ${failureSummary}`));
}

describe.each([
  ["light", 1280],
  ["dark", 1280],
  ["light", 390],
  ["dark", 390],
] as const)("in %s at %i pixels", (colorScheme, width) => {
  const options = { colorScheme, viewport: { width, height: 840 } };

  test.each(VIEWS)("%s has no barrier, fits, and is to be looked at in test-results/", async (name, path, there) => {
    await visits.visit(
      path(),
      async (page) => {
        await page.getByText(there).first().waitFor();
        expect(await barriers(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
        await page.screenshot({ path: `${PICTURES}/admin-${name}-${colorScheme}-${width}.png` });
      },
      options,
    );
  });

  test("the door has no barrier, and fits", async () => {
    await visits.window(
      "",
      async (page) => {
        await page.getByLabel("API key").waitFor();
        expect(await barriers(page)).toEqual([]);
        expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
        await page.screenshot({ path: `${PICTURES}/admin-door-${colorScheme}-${width}.png` });
      },
      options,
    );
  });
});

describe.each([
  ["light", 1280],
  ["dark", 390],
] as const)("in %s at %i pixels", (colorScheme, width) => {
  const options = { colorScheme, viewport: { width, height: 840 } };

  test.each([
    ["editing a lead", () => `/leads/${ids.lead}`, "Edit"],
    ["erasing one", () => `/leads/${ids.lead}`, "Erase"],
    ["a new key", () => "/keys", "New key"],
    ["a new hook", () => "/hooks", "New hook"],
  ])("the window of %s has no barrier, keeps the focus, and Escape closes it", async (_what, path, button) => {
    await visits.visit(
      path(),
      async (page) => {
        await page.getByRole("button", { name: button }).click();
        const dialog = page.getByRole("dialog");
        await dialog.waitFor();
        expect(await barriers(page)).toEqual([]);
        for (let step = 0; step < 24; step++) {
          await page.keyboard.press("Tab");
          // The browser's own controls may come in between; nothing of the page behind may.
          expect(
            await page.evaluate(
              "document.activeElement === document.body || document.activeElement.closest('dialog') !== null",
            ),
          ).toBe(true);
        }
        await page.keyboard.press("Escape");
        await dialog.waitFor({ state: "detached" });
        expect(await page.evaluate("document.activeElement.textContent.trim()")).toBe(button);
      },
      options,
    );
  });
});

test("the whole page is used from the keyboard: past the navigation, from row to row, into a lead and back", async () => {
  await visits.visit("/leads", async (page) => {
    await page.getByRole("link", { name: "Ann Example 30" }).waitFor();
    const focused = () => page.evaluate("document.activeElement.textContent.trim()");
    await page.keyboard.press("Tab");
    expect(await focused()).toBe("Skip to the content");
    await page.keyboard.press("Enter");
    await page.keyboard.press("/");
    await page.keyboard.type("example 2");
    await page.getByRole("link", { name: "Ann Example 30" }).waitFor({ state: "detached" });
    await page.getByRole("link", { name: "Ann Example 29" }).focus();
    await page.keyboard.press("ArrowDown");
    expect(await focused()).toBe("Ann Example 28");
    await page.keyboard.press("End");
    expect(await focused()).toBe("Ann Example 2");
    await page.keyboard.press("Enter");
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    // A screen reader goes on in the new view, under a new title.
    expect(await page.evaluate("document.activeElement.id")).toBe("main");
    await page.goBack();
    await page.getByRole("link", { name: "Ann Example 29" }).waitFor();
    expect(await page.getByLabel("Search leads").inputValue()).toBe("example 2");
  });
});

test("colours follow the system until they are chosen, and the choice stays", async () => {
  const ground = "getComputedStyle(document.body).backgroundColor";
  await visits.visit(
    "/keys",
    async (page) => {
      await page.getByRole("button", { name: "Revoke Website" }).waitFor();
      const dark = await page.evaluate(ground);
      await page.emulateMedia({ colorScheme: "light" });
      const light = await page.evaluate(ground);
      expect(light).not.toBe(dark);
      await page.emulateMedia({ colorScheme: "dark" });
      await page.getByRole("button", { name: /^Colours: auto/ }).click();
      expect(await page.evaluate(ground)).toBe(light);
      await page.reload();
      await page.getByRole("button", { name: "Revoke Website" }).waitFor();
      expect(await page.evaluate(ground)).toBe(light);
    },
    { colorScheme: "dark" },
  );
});

test("times are in the viewer's zone, and in UTC when they are pointed at", async () => {
  const { createdAt } = await leadgate.get(`/v1/leads/${ids.lead}`);
  const hour = (timezoneId: string) =>
    visits.visit(
      `/leads/${ids.lead}`,
      async (page) => {
        const time = page.locator(".facts time").first();
        const wanted = new Intl.DateTimeFormat("en-GB", {
          ...{ day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZone: timezoneId },
        }).format(new Date(createdAt));
        expect(await time.textContent()).toBe(wanted);
        expect(await time.getAttribute("title")).toBe(`${createdAt.slice(0, 19).replace("T", " ")} UTC`);
      },
      { timezoneId },
    );
  await hour("Asia/Tokyo");
  await hour("America/New_York");
});
