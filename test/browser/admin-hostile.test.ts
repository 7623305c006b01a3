import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { describeCorpus } from "../support/corpora.ts";
import { AdminVisits } from "./admin-visit.ts";
import { openChromium } from "./chromium.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

let browser: Browser;
let leadgate: LeadgateProcess;
const visits = new AdminVisits(
  () => browser,
  () => leadgate,
);
beforeAll(async () => {
  browser = await openChromium();
  leadgate = await startLeadgate("");
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
});
afterEach(() => visits.expectQuiet());

/** Each would set `pwned` or load something if it were taken for anything but text. */
const HOSTILE = [
  "<script>pwned = 1</script>",
  "<img src=x onerror=pwned=1>",
  `"><svg onload=pwned=1>`,
  `' onmouseover='pwned=1' x='`,
  "javascript:pwned=1",
  "</textarea></pre></title><script>pwned=1</script>",
  "<iframe srcdoc='<script>parent.pwned=1</script>'></iframe>",
  "<style>body{display:none}</style>",
  `<a href="javascript:pwned=1" style="position:fixed;inset:0">x</a>`,
  "<base href=https://evil.example/><link rel=stylesheet href=//evil.example/x.css>",
  "<meta http-equiv=refresh content='0;url=https://evil.example'>",
  "{{constructor.constructor('pwned=1')()}}",
  `\${pwned=1}`,
  "<math><mtext></p><script>pwned=1</script>",
  "\u202Etxt.exe\u2066",
  '=HYPERLINK("https://evil.example","x")',
  "__proto__",
  "Z̸a̸l̸g̸o̸".repeat(40),
  "x".repeat(3_000),
];

const isUnharmed = async (page: Page) => {
  expect(await page.evaluate("typeof pwned")).toBe("undefined");
  expect(await page.evaluate("getComputedStyle(document.body).display")).not.toBe("none");
  expect(await page.evaluate("location.pathname")).toMatch(/^\/admin/);
  expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
};

/** Sends each text in as every kind of value, and looks at all views that show them. */
async function showEverywhere(name: string, texts: readonly string[]): Promise<void> {
  const email = `${name}@example.com`;
  const attributes = Object.fromEntries(texts.map((text, index) => [`field ${index}`, text]));
  const named = Object.fromEntries(texts.map((text) => [`k${text.slice(0, 60)}`, "value"]));
  const joined = texts.join("\n");
  const lead = { email, firstName: texts[0], company: joined.slice(0, 900), message: joined.slice(0, 9_000) };
  const answer = await leadgate.post("/v1/leads", { ...lead, attributes: { ...attributes, ...named } });
  expect(answer.status).toBe(201);
  const { id } = (await answer.json()) as { id: string };
  await leadgate.post("/v1/events", { id: email, type: texts[0]!.slice(0, 50) || "x", email, data: attributes });
  const held = await leadgate.post("/forms/hostile", { email: "nobody", name, ...attributes });
  const { quarantineId } = (await held.json()) as { quarantineId: string };

  await visits.visit(`/leads/${id}`, async (page) => {
    await page.getByRole("heading", { name: "Timeline" }).waitFor();
    await page.getByText(/made this lead/).waitFor();
    await page.getByText(/made this lead/).click();
    const { attributes: stored } = await leadgate.get(`/v1/leads/${id}`);
    const shown = await page.locator(".facts dd .pre").allTextContents();
    for (const value of Object.values(stored)) expect(shown).toContain(value);
    await isUnharmed(page);
    await page.getByRole("button", { name: "Edit" }).click();
    expect(await page.getByLabel("Message").inputValue()).toBe(
      ((await leadgate.get(`/v1/leads/${id}`)).message ?? "").replaceAll(/\r\n?/g, "\n"),
    );
    await isUnharmed(page);
  });
  await visits.visit(`/leads?q=${encodeURIComponent(email)}`, async (page) => {
    await page.getByRole("cell", { name: email }).waitFor();
    await isUnharmed(page);
  });
  await visits.visit(`/quarantine/${quarantineId}`, async (page) => {
    await page.getByText("Not yet:").waitFor();
    const raw = JSON.parse((await page.locator(".raw pre").textContent())!) as Record<string, string>;
    expect(raw).toEqual((await leadgate.get(`/v1/quarantine/${quarantineId}`)).payload);
    await isUnharmed(page);
  });
}

describe("text that is made to do something", () => {
  test("does nothing wherever it is shown, and is shown as it was sent", () => showEverywhere("hostile", HOSTILE));

  test("does nothing in the address of the page either", async () => {
    for (const path of [
      "/leads?q=%3Cimg%20src%3Dx%20onerror%3Dpwned%3D1%3E",
      "/%3Cscript%3Epwned=1%3C/script%3E",
      "/leads/%00",
      "/leads/..%2F..%2Fv1%2Fkeys",
    ]) {
      await visits.visit(path, async (page) => {
        await page.getByRole("heading", { level: 1 }).waitFor();
        await isUnharmed(page);
      });
    }
    visits.told.splice(0); // The browser itself tells of addresses that no lead has.
  });

  test("does nothing in a mail that is looked at, however it got there", async () => {
    const { data } = await leadgate.get("/v1/messages?status=previewed&limit=1");
    await visits.visit(`/messages/${data[0].id}`, async (page) => {
      // As if a template let it through: the frame must hold by itself.
      await page.route("**/preview", async (route) => {
        const response = await route.fetch();
        const body = `<h1>Shown</h1>${HOSTILE.join("\n")}<script>parent.pwned=1;top.location="https://evil.example"</script><img src="https://evil.example/pixel.gif"><form action="https://evil.example"><button>Go</button></form>`;
        await route.fulfill({ response, body });
      });
      await page.reload();
      const frame = page.frameLocator("iframe");
      await frame.getByText("Shown").waitFor({ state: "attached" });
      await isUnharmed(page);
      expect(await page.locator("iframe").getAttribute("sandbox")).toBe("");
    });
    // The browser tells what it blocked; nothing may have left.
    expect(visits.told.length).toBeGreaterThan(0);
    expect(visits.told.filter((line) => !/block|violates|refused|sandbox|not allowed/i.test(line))).toEqual([]);
    visits.told.splice(0);
    visits.asked.splice(0, visits.asked.length, ...visits.asked.filter((url) => !/^https:\/\/evil\.example/.test(url)));
  });
});

const PER_LEAD = 60;

describeCorpus<{ value: string }>("naughty.json", "strings that break software", (rows) => {
  const parts = Array.from({ length: Math.ceil(rows.length / PER_LEAD) }, (_, part) =>
    rows.slice(part * PER_LEAD, (part + 1) * PER_LEAD).map(({ value }) => value),
  );
  test.each(parts.map((texts, part) => [part, texts] as const))("part %i is shown as text", (part, texts) =>
    showEverywhere(`naughty-${part}`, texts),
  );
});

describeCorpus<{ value: string }>("csv-injection.json", "formulas", (rows) => {
  test("are shown as text", () =>
    showEverywhere(
      "formulas",
      rows.map(({ value }) => value),
    ));
});
