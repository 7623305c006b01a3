import { mkdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { openChromium } from "./chromium.ts";
import { type CustomerSite, startCustomerSite } from "./customer-site.ts";
import { type LeadgateProcess, startLeadgate } from "./leadgate-process.ts";

const PICTURES = "test-results";

let browser: Browser;
let site: CustomerSite;
let stranger: CustomerSite;
let leadgate: LeadgateProcess;
beforeAll(async () => {
  mkdirSync(PICTURES, { recursive: true });
  browser = await openChromium();
  [site, stranger] = [await startCustomerSite(() => leadgate.url), await startCustomerSite(() => leadgate.url)];
  leadgate = await startLeadgate(`
sources:
  contact: { kind: form, origins: ["${site.origin}"], redirects: ["${site.origin}/thanks"] }
  plain: { kind: form, origins: ["${site.origin}"] }
`);
});
afterAll(async () => {
  await browser?.close();
  await leadgate?.stop();
  await Promise.all([site?.stop(), stranger?.stop()]);
});

/** A visitor opens the form, and what they do there; their window is closed afterwards. */
async function visit(
  query: string,
  act: (page: Page) => Promise<void>,
  options: BrowserContextOptions = {},
  at = site,
) {
  const context = await browser.newContext(options);
  try {
    const page = await context.newPage();
    await page.goto(`${at.origin}/form?${query}`);
    await act(page);
  } finally {
    await context.close();
  }
}

async function fillIn(page: Page, email: string): Promise<void> {
  await page.getByLabel("Prénom").fill("Zoë “€” 😀");
  await page.getByLabel("E-mail").fill(email);
  await page.getByLabel("Message").fill("Grüße\n& <b>more</b>");
  await page.getByLabel("You may write").check();
}

const WRITTEN = { firstName: "Zoë “€” 😀", message: "Grüße\r\n& <b>more</b>", consent: true, submissionCount: 1 };
const leadOf = async (email: string) => (await leadgate.get(`/v1/leads?email=${encodeURIComponent(email)}`)).data[0];
const send = (page: Page) => page.getByRole("button", { name: "Send" });

describe.each([true, false])("with JavaScript %s in the browser", (javaScriptEnabled) => {
  const name = (word: string) => `${word}-${javaScriptEnabled}@example.com`;

  test("a plain form leads to the site's own page, and what was typed is the lead", async () => {
    await visit(
      "",
      async (page) => {
        await fillIn(page, name("redirect"));
        await send(page).click();
        await page.waitForURL(`${site.origin}/thanks`);
      },
      { javaScriptEnabled },
    );
    expect(await leadOf(name("redirect"))).toMatchObject({ ...WRITTEN, source: "contact" });
  });

  test("where the site has none, a page says thank you", async () => {
    await visit(
      "source=plain",
      async (page) => {
        await fillIn(page, name("thanks"));
        await send(page).click();
        await page.getByRole("heading", { name: "Thank you" }).waitFor();
      },
      { javaScriptEnabled },
    );
    expect(await leadOf(name("thanks"))).toMatchObject({ ...WRITTEN, source: "plain" });
  });

  test("a double click sends one submission", async () => {
    await visit(
      "source=plain",
      async (page) => {
        await fillIn(page, name("double"));
        await send(page).dblclick();
        await page.getByRole("heading", { name: "Thank you" }).waitFor();
      },
      { javaScriptEnabled },
    );
    expect(await leadOf(name("double"))).toMatchObject(WRITTEN);
  });

  test("a mistake gets a page that says what to mend, and going back keeps what was typed", async () => {
    await visit(
      "source=plain",
      async (page) => {
        await fillIn(page, "nobody@");
        await send(page).click();
        await page.getByRole("heading").waitFor();
        expect(await page.getByRole("listitem").textContent()).toMatch(/email/);
        await page.goBack();
        expect(await page.getByLabel("Message").inputValue()).toContain("Grüße");
        await page.getByLabel("E-mail").fill(name("mended"));
        await send(page).click();
        await page.getByRole("heading", { name: "Thank you" }).waitFor();
      },
      { javaScriptEnabled },
    );
    expect(await leadOf(name("mended"))).toMatchObject(WRITTEN);
  });
});

test("a form with a file keeps its name and drops its content", async () => {
  await visit("source=plain&file", async (page) => {
    await fillIn(page, "file@example.com");
    await page
      .getByLabel("CV")
      .setInputFiles({ name: 'Zoë "CV".pdf', mimeType: "application/pdf", buffer: Buffer.from([0, 255, 1]) });
    await send(page).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  });
  expect(await leadOf("file@example.com")).toMatchObject({ ...WRITTEN, attributes: { cv: 'Zoë "CV".pdf' } });
});

test("a form of an old page in Latin-1 is read as it was typed", async () => {
  await visit("source=plain&charset=latin1", async (page) => {
    await page.getByLabel("Prénom").fill("Zoë “€”");
    await page.getByLabel("E-mail").fill("latin1@example.com");
    await send(page).click();
    await page.getByRole("heading", { name: "Thank you" }).waitFor();
  });
  expect(await leadOf("latin1@example.com")).toMatchObject({ firstName: "Zoë “€”" });
});

describe("a script on the page", () => {
  test("sends the form without leaving the page, once however often it is clicked", async () => {
    await visit("script=cors", async (page) => {
      await fillIn(page, "fetch@example.com");
      await send(page).dblclick();
      await page.getByText(/^sent [0-9a-f-]{36}$/).waitFor();
    });
    expect(await leadOf("fetch@example.com")).toMatchObject(WRITTEN);
  });

  test("is told what to mend", async () => {
    await visit("script=cors", async (page) => {
      await fillIn(page, "nobody");
      await send(page).click();
      await page.getByText("There is no usable e-mail address").waitFor();
    });
  });

  test("that can't read the answer is not told of a failure either", async () => {
    await visit("script=no-cors", async (page) => {
      await fillIn(page, "nocors@example.com");
      await send(page).click();
      await page.getByText(/^sent$/).waitFor();
    });
    expect(await leadOf("nocors@example.com")).toMatchObject(WRITTEN);
  });
});

test("a page that is not listed can't post, with a script or without", async () => {
  const before = (await leadgate.get("/v1/stats")).submissions;
  const refused = async (page: Page) => {
    await fillIn(page, "stranger@example.com");
    await send(page).click();
    await page.getByText(/That is not allowed|Failed to fetch/).waitFor();
  };
  await visit("", refused, {}, stranger);
  await visit("script=cors", refused, {}, stranger);
  expect((await leadgate.get("/v1/stats")).submissions).toBe(before);
});

describe.each(["light", "dark"] as const)("in %s", (colorScheme) => {
  test.each([900, 390])("at %i pixels the pages fit and are to be looked at in test-results/", async (width) => {
    const options = { colorScheme, viewport: { width, height: 700 } };
    for (const [name, email] of [
      ["thank-you", `${colorScheme}${width}@example.com`],
      ["problem", "nobody@"],
    ] as const) {
      await visit(
        "source=plain",
        async (page) => {
          await fillIn(page, email);
          await send(page).click();
          await page.getByRole("main").waitFor();
          expect(await page.evaluate("document.documentElement.scrollWidth - innerWidth")).toBeLessThanOrEqual(0);
          await page.screenshot({ path: `${PICTURES}/${name}-${colorScheme}-${width}.png` });
        },
        options,
      );
    }
  });
});
