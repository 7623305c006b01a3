import type { Response } from "express";
import { LeadgateError } from "../../base/errors.ts";
import type { Log } from "../../base/log.ts";

interface Listener {
  readonly response: Response;
  readonly isWelcome: () => Promise<boolean>;
  /** What it was told last. */
  told: string | undefined;
}

/** The database is looked at no oftener, however many listen. */
const REST_MS = 2_000;
/** Nor is more than a twentieth of the time spent looking, where looking takes long. */
const REST_FACTOR = 20;
/** A sign of life, so that proxies keep a quiet stream open (WHATWG HTML, 9.2.7). */
const SIGN_OF_LIFE_MS = 15_000;
const MAX_LISTENERS = 200;

/** Tells everybody who listens how things stand, when that changes: one look for all of them, and none for nobody. */
export class Live {
  readonly #listeners = new Set<Listener>();
  readonly #read: () => Promise<object>;
  readonly #log: Log;
  #timer: NodeJS.Timeout | undefined;
  #isLooking = false;
  #signedMs = 0;

  constructor({ read, log }: { readonly read: () => Promise<object>; readonly log: Log }) {
    this.#read = read;
    this.#log = log;
  }

  /**
   * Takes a response as a stream of server-sent events until it closes, `isWelcome` no longer holds, or `stop`.
   *
   * @throws LeadgateError `unavailable` when too many listen already.
   */
  join(response: Response, isWelcome: () => Promise<boolean>): void {
    if (this.#listeners.size >= MAX_LISTENERS) {
      throw new LeadgateError("unavailable", "Too many pages listen already.", { retryAfterSeconds: 30 });
    }
    const listener: Listener = { response, isWelcome, told: undefined };
    const headers = { "Content-Type": "text/event-stream", "Cache-Control": "no-store", "X-Accel-Buffering": "no" };
    response.writeHead(200, headers);
    response.flushHeaders();
    this.#listeners.add(listener);
    response.once("close", () => {
      this.#listeners.delete(listener);
      if (this.#listeners.size === 0) clearTimeout(this.#timer);
    });
    // Whoever comes is told at once.
    clearTimeout(this.#timer);
    if (!this.#isLooking) void this.#look();
  }

  /** Ends all streams, so that a stop of the server need not wait for them. */
  stop(): void {
    clearTimeout(this.#timer);
    for (const { response } of this.#listeners) response.end();
    this.#listeners.clear();
  }

  async #look(): Promise<void> {
    this.#isLooking = true;
    const startedMs = performance.now();
    const event = await this.#eventNow();
    const tookMs = performance.now() - startedMs;
    await this.#dismissUnwelcome();
    this.#tellAll(event);
    this.#isLooking = false;
    if (this.#listeners.size === 0) return;
    this.#timer = setTimeout(() => void this.#look(), Math.max(REST_MS, tookMs * REST_FACTOR));
  }

  async #eventNow(): Promise<string> {
    try {
      return `event: summary\ndata: ${JSON.stringify(await this.#read())}\n\n`;
    } catch (error) {
      if (!(error instanceof LeadgateError)) this.#log.error({ err: error }, "the overview could not be read");
      return "event: unavailable\ndata: {}\n\n";
    }
  }

  async #dismissUnwelcome(): Promise<void> {
    for (const listener of this.#listeners) {
      // While the database is away nobody's session can be looked up: the stream tells them nothing then.
      const isWelcome = await listener.isWelcome().catch(() => true);
      if (!isWelcome) listener.response.end("event: ended\ndata: {}\n\n");
    }
  }

  #tellAll(event: string): void {
    const isSignDue = performance.now() - this.#signedMs >= SIGN_OF_LIFE_MS;
    if (isSignDue) this.#signedMs = performance.now();
    for (const listener of this.#listeners) {
      if (listener.response.writableEnded) continue;
      if (listener.told !== event) listener.response.write(event);
      else if (isSignDue) listener.response.write(":\n\n");
      listener.told = event;
    }
  }
}
