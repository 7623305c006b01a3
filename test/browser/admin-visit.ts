import { expect } from "@jest/globals";
import type { Browser, BrowserContextOptions, Page } from "playwright-core";
import { ADMIN_KEY } from "../support/instance.ts";
import type { LeadgateProcess } from "./leadgate-process.ts";

type State = NonNullable<BrowserContextOptions["storageState"]>;

/** Opens the page for people in windows of their own, and watches what goes on in them. */
export class AdminVisits {
  /** What the consoles of all windows told, errors and warnings of the policy included. */
  readonly told: string[] = [];
  /** Addresses asked for that are not Leadgate's own. */
  readonly asked: string[] = [];
  /** Windows that scripts opened: alerts and the like. */
  readonly dialogs: string[] = [];
  #state: State | undefined;

  constructor(
    private readonly browser: () => Browser,
    private readonly leadgate: () => LeadgateProcess,
  ) {}

  /** Does something in a fresh window that is signed in with the administrator's key. */
  async visit(path: string, act: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
    this.#state ??= await this.#signInOnce();
    await this.window(path, act, { ...options, storageState: this.#state });
  }

  /** The same in a window that is not. */
  async window(path: string, act: (page: Page) => Promise<void>, options: BrowserContextOptions = {}): Promise<void> {
    const context = await this.browser().newContext({
      viewport: { width: 1280, height: 800 },
      locale: "en-GB",
      timezoneId: "Europe/Berlin",
      ...options,
    });
    try {
      const page = await context.newPage();
      this.#watch(page);
      await page.goto(`${this.leadgate().url}/admin${path}`);
      await act(page);
    } finally {
      await context.close();
    }
  }

  /** Holds that nothing went wrong in any window since it was last asked. */
  expectQuiet(): void {
    const { told, asked, dialogs } = this;
    const heard = { told: told.splice(0), asked: asked.splice(0), dialogs: dialogs.splice(0) };
    expect(heard).toEqual({ told: [], asked: [], dialogs: [] });
  }

  async #signInOnce(): Promise<State> {
    let state: State | undefined;
    await this.window("", async (page) => {
      await signInWith(page, ADMIN_KEY);
      await page.getByRole("heading", { name: "Overview" }).waitFor();
      state = await page.context().storageState();
    });
    return state!;
  }

  #watch(page: Page): void {
    const { url } = this.leadgate();
    page.on("console", (message) => {
      if (message.type() !== "log") this.told.push(message.text());
    });
    page.on("pageerror", (error) => this.told.push(String(error)));
    page.on("dialog", (dialog) => {
      this.dialogs.push(dialog.message());
      void dialog.dismiss();
    });
    page.on("request", (request) => {
      if (!request.url().startsWith(url) && !request.url().startsWith("data:")) this.asked.push(request.url());
    });
  }
}

export async function signInWith(page: Page, key: string): Promise<void> {
  await page.getByLabel("API key").fill(key);
  await page.getByRole("button", { name: "Sign in" }).click();
}
