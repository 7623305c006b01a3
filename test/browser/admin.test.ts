import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Browser, Page } from "playwright-core";
import { ADMIN_KEY } from "../support/instance.ts";
import { AdminVisits, signInWith } from "./admin-visit.ts";
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

const heading = (page: Page, name: string | RegExp) => page.getByRole("heading", { name, exact: true });
const button = (page: Page, name: string | RegExp) => page.getByRole("button", { name });
const leadOf = async (email: string) => (await leadgate.get(`/v1/leads?email=${encodeURIComponent(email)}`)).data[0];

// The first test finds an instance that has never taken anything in.
test("from the first start to the first lead: the form given to copy is filled in, and the lead appears by itself", async () => {
  await visits.visit("", async (page) => {
    await heading(page, "Nothing has come in yet").waitFor();
    const snippet = await page.getByRole("region", { name: "A form to begin with" }).textContent();
    const site = await page.context().newPage();
    await site.setContent(snippet!);
    await site.getByLabel("Name").fill("Nora Jensen");
    await site.getByLabel("E-mail").fill("Nora.Jensen@example.com");
    await site.getByLabel("Message").fill("Please call me.");
    await site.getByLabel("You may write to me").check();
    await site.getByRole("button", { name: "Send" }).click();
    await heading(site, "Thank you").waitFor();
    await site.close();
    // Nobody has reloaded this.
    await page.locator(".tile", { hasText: "New leads" }).getByText("1", { exact: true }).waitFor();
    await page.getByRole("link", { name: "Leads", exact: true }).click();
    await page.getByRole("link", { name: "Nora Jensen" }).click();
    await heading(page, "Nora Jensen").waitFor();
    await page.getByText("Submission by contact made this lead").waitFor();
    await page.getByText("“welcome” was written but not sent: this is preview mode.").waitFor();
    await page.getByRole("link", { name: "Look at the mail" }).click();
    const mail = page.frameLocator("iframe[title='The mail as it looks']");
    await mail.getByText("Nora").first().waitFor();
  });
});

test("a stream of live figures that was refused, as by a proxy while the service starts again, is asked for again", async () => {
  await visits.window("/sources", async (page) => {
    await page.route("**/admin/live", (route) => route.fulfill({ status: 502, body: "" }), { times: 1 });
    await signInWith(page, ADMIN_KEY);
    await page.getByText("Connecting…").waitFor();
    await page.getByText("Live", { exact: true }).waitFor();
    expect(visits.told.splice(0)).toEqual([expect.stringMatching(/502/)]);
  });
});

describe("the door", () => {
  test("tells what is wrong with a key, and lets a good one in until it is signed out", async () => {
    await visits.window("/leads", async (page) => {
      await signInWith(page, "lg_wrong-wrong-wrong-wrong");
      await page.getByText("This key is not known, or was revoked").waitFor();
      expect(await page.getByLabel("API key").getAttribute("aria-invalid")).toBe("true");
      visits.told.splice(0); // The browser tells of the 401 itself.
      await signInWith(page, ADMIN_KEY);
      await heading(page, "Leads").waitFor();
      expect(await page.evaluate("document.cookie")).toBe("");
      await button(page, "Sign out").click();
      await heading(page, "Sign in to Leadgate").waitFor();
      await page.reload();
      await heading(page, "Sign in to Leadgate").waitFor();
    });
  });

  test("shows whoever may only read everything and offers no change", async () => {
    const { key } = await (await leadgate.post("/v1/keys", { name: "looks", scopes: ["read"] })).json();
    await leadgate.post("/v1/leads?followUps=off", { email: "looked-at@example.com", firstName: "Lise" });
    await visits.window("/keys", async (page) => {
      await signInWith(page, key);
      await page.getByRole("cell", { name: "looks" }).waitFor();
      expect(await button(page, /New key|Revoke/).count()).toBe(0);
      await page.getByRole("link", { name: "Leads", exact: true }).click();
      await page.getByRole("link", { name: "Lise" }).click();
      await heading(page, "Timeline").waitFor();
      expect(await button(page, /Edit|Erase|Send no mail/).count()).toBe(0);
    });
  });

  test("is shown at once when the key is revoked while somebody looks", async () => {
    const made = await (await leadgate.post("/v1/keys", { name: "brief", scopes: ["admin"] })).json();
    await visits.window("/sources", async (page) => {
      await signInWith(page, made.key);
      await page.getByText("Live").waitFor();
      await visits.visit("/keys", async (other) => {
        await other
          .getByRole("row", { name: /brief/ })
          .getByRole("button", { name: /Revoke/ })
          .click();
        await other.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
        await other.getByText("The key brief is revoked.").waitFor();
      });
      await page.getByText("Your session is over").waitFor();
    });
  });
});

describe("a lead", () => {
  const open = async (email: string, more: object, act: (page: Page) => Promise<void>) => {
    const { id } = await (await leadgate.post("/v1/leads?followUps=off", { email, ...more })).json();
    await visits.visit(`/leads/${id}`, act);
  };

  test("is edited; what was cleared is cleared, and the timeline tells what changed", async () => {
    await open("edited@example.com", { firstName: "Ida", company: "Old Ltd" }, async (page) => {
      await button(page, "Edit").click();
      await page.getByLabel("Company").fill("");
      await page.getByLabel("Job title").fill("Engineer");
      await page.getByLabel("Consent to be written to").selectOption("Given");
      await button(page, "Save").click();
      await page.getByText("Saved.").waitFor();
      await page.getByText("Changed by key LEADGATE_ADMIN_KEY").waitFor();
      expect(await page.locator(".facts").getByText("Old Ltd").count()).toBe(0);
    });
    expect(await leadOf("edited@example.com")).toMatchObject({ company: null, jobTitle: "Engineer", consent: true });
  });

  test("that somebody else changed meanwhile is not overwritten unseen", async () => {
    await open("twice@example.com", { firstName: "Ida" }, async (page) => {
      const { id } = await leadOf("twice@example.com");
      await button(page, "Edit").click();
      await visits.visit(`/leads/${id}`, async (other) => {
        await other.getByLabel("Status", { exact: true }).selectOption("won");
        await other.getByText("Ida is won.").waitFor();
      });
      await page.getByLabel("Company").fill("New Ltd");
      await button(page, "Save").click();
      await page.getByText("Somebody changed this lead meanwhile").waitFor();
      visits.told.splice(0); // The browser tells of the 412 itself.
      await button(page, "Save").click();
      await page.getByText("Saved.").waitFor();
    });
    expect(await leadOf("twice@example.com")).toMatchObject({ company: "New Ltd", status: "won" });
  });

  test("is excluded from mail, and let in again, after asking", async () => {
    await open("quiet@example.com", {}, async (page) => {
      await button(page, "Send no mail").click();
      await page.getByRole("dialog").getByRole("button", { name: "Send no mail" }).click();
      await page.getByText("This person gets no mail").waitFor();
      expect(await leadOf("quiet@example.com")).toMatchObject({ suppressed: true });
      await button(page, "Allow mail").click();
      await page.getByText("Mail them again only if they asked you to").waitFor();
      await page.getByRole("dialog").getByRole("button", { name: "Allow mail" }).click();
      await page.getByText("This person can get mail again.").waitFor();
    });
    expect(await leadOf("quiet@example.com")).toMatchObject({ suppressed: false });
  });

  test("is erased only once its address was typed", async () => {
    await open("erased@example.com", { firstName: "Eve" }, async (page) => {
      await button(page, "Erase").click();
      const dialog = page.getByRole("dialog");
      expect(await dialog.getByRole("button", { name: "Erase" }).isDisabled()).toBe(true);
      await dialog.getByLabel(/^Type/).fill("erased@example.com");
      await dialog.getByRole("button", { name: "Erase" }).click();
      await page.getByText("The person is erased.").waitFor();
      await heading(page, "Leads").waitFor();
    });
    expect(await leadOf("erased@example.com")).toBeUndefined();
  });
});

describe("quarantine", () => {
  const post = (n: number) =>
    leadgate.post("/forms/fair", {
      ...{ email: "call me instead", "your name": `Kim Park ${n}` },
      details: { "reach me": `Kim.Park${n}@Example.com`, stand: n },
    });

  test("a request without an address is mended with a click, shown as it will be read, and taken in", async () => {
    await post(1);
    await visits.visit("", async (page) => {
      await page.getByRole("link", { name: "Mend the mapping" }).click();
      await page.getByRole("link", { name: "fair" }).click();
      await page.getByText("Not yet:").waitFor();
      await button(page, "Kim.Park1@Example.com").click();
      await page.getByText("This lead is read from it").waitFor();
      expect(await page.getByLabel("E-mail").inputValue()).toBe("details.reach me");
      await page.getByText("Have it read so from now on").click();
      await page.getByText("email: details.reach me").waitFor();
      await button(page, "Take it in").click();
      await page.getByText("It is a lead now").getByRole("link").click();
      await heading(page, "Kim Park 1").waitFor();
    });
    expect(await leadOf("kim.park1@example.com")).toMatchObject({
      source: "fair",
      attributes: { details: expect.anything() },
    });
  });

  test("all that wait of a source are taken in with one mapping, telling how far it is", async () => {
    for (const n of [2, 3, 4]) await post(n);
    await leadgate.post("/forms/fair", { email: "nobody", "your name": "No Address" });
    await visits.visit("/quarantine?source=fair", async (page) => {
      await page
        .getByRole("row", { name: /Kim Park 4/ })
        .getByRole("link")
        .click();
      await page.getByLabel("E-mail").fill("details.reach me");
      await button(page, "Take in all of fair…").click();
      await page.getByText("3 of 4 taken in, 1 still without an address. Done.").waitFor();
      visits.told.splice(0); // The browser tells of the 422 itself.
    });
    for (const n of [2, 3, 4]) expect(await leadOf(`kim.park${n}@example.com`)).toMatchObject({ firstName: "Kim" });
  });
});

describe("setting up", () => {
  test("a test post makes a lead that can be looked at", async () => {
    await visits.visit("/sources/webinar", async (page) => {
      await page.getByLabel("E-mail").fill("trial@example.com");
      await button(page, "Post a test").click();
      await page.getByText("It made a new lead.").waitFor();
      await page.getByRole("link", { name: "Look at the lead" }).click();
      await heading(page, "Test Example").waitFor();
    });
    expect(await leadOf("trial@example.com")).toMatchObject({ source: "webinar" });
  });

  test("a new key is shown once, works, and is gone when it is revoked", async () => {
    await visits.visit("/keys", async (page) => {
      await button(page, "New key").click();
      await page.getByLabel("Who uses it").fill("Website");
      await button(page, "Make key").click();
      const key = await page.getByRole("region", { name: "The new key" }).textContent();
      const me = () => fetch(`${leadgate.url}/v1/me`, { headers: { "X-Api-Key": key! } });
      expect(await (await me()).json()).toEqual({ name: "Website", scopes: ["ingest"] });
      await button(page, "I have it").click();
      await page
        .getByRole("row", { name: /Website/ })
        .getByRole("button", { name: /Revoke/ })
        .click();
      await page.getByRole("dialog").getByRole("button", { name: "Revoke" }).click();
      await page
        .getByRole("row", { name: /Website/ })
        .getByText("revoked")
        .waitFor();
      expect((await me()).status).toBe(401);
    });
  });

  test("a hook is made, tried and deleted, and what it was told is listed", async () => {
    await visits.visit("/hooks", async (page) => {
      await button(page, "New hook").click();
      await page.getByLabel("Address that is called").fill("http://127.0.0.1:9/leads");
      await button(page, "Make hook").click();
      await page.getByRole("dialog").getByRole("alert").waitFor();
      visits.told.splice(0); // The browser tells of the 422 itself.
      await page.getByLabel("Address that is called").fill("https://hooks.invalid/leads");
      await button(page, "Make hook").click();
      expect(await page.getByRole("region", { name: "The hook's secret" }).textContent()).toMatch(/^whsec_/);
      await button(page, "I have it").click();
      await button(page, "Send a test").click();
      await page.getByRole("cell", { name: "hook.test" }).waitFor();
      await button(page, "Delete").click();
      await page.getByRole("dialog").getByRole("button", { name: "Delete" }).click();
      await heading(page, "No hooks yet").waitFor();
    });
  });

  test("rules are told in sentences, and a template is shown and tried", async () => {
    await visits.visit("/rules", async (page) => {
      await page.getByText("When somebody sends something, the lead gets welcome at once.").waitFor();
      await page.frameLocator("iframe").getByText("Ada").first().waitFor();
      await page.getByLabel("Send a test to").fill("me@example.com");
      await button(page, "Send a test").click();
      await page.getByText("It was rendered without a fault and sent to nobody.").waitFor();
    });
  });
});
