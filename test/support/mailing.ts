import { pino } from "pino";
import { type App, createApp } from "../../src/app.ts";
import type { Clock } from "../../src/base/clock.ts";
import { parseSettings } from "../../src/base/settings.ts";
import { ADMIN_KEY, type Instance, startInstance } from "./instance.ts";
import { rowsOf } from "./rows.ts";
import { SendGridStandIn } from "./sendgrid-stand-in.ts";

/** One form, one webhook, one mail to each lead. */
export const NAMED_FORM = `
sources:
  contact: { kind: form }
  hook: { kind: webhook }
followUps:
  - { name: welcome, on: submission, template: welcome }
`;

export interface MailingInstance extends Instance {
  readonly standIn: SendGridStandIn;
  /** Takes a lead in by a webhook. @returns the id of its follow-up. */
  lead(email: string, more?: object): Promise<string>;
  /** Posts a form, as a browser would. */
  form(email: string): Promise<void>;
  /** The row of a follow-up. */
  row(id: string): Promise<MessageRow>;
  /** Another process on the same database, which leaves it open when it stops. */
  another(options?: { clock?: Clock; settings?: Record<string, string> }): Promise<App>;
  /** Tells of events, signed as SendGrid does. */
  tell(events: readonly object[]): Promise<number>;
}

export interface MessageRow {
  readonly id: string;
  readonly status: string;
  readonly reason: string | null;
  readonly fence: number;
  readonly attempts: number;
  readonly due_at: Date;
  readonly called_at: Date | null;
  readonly lease_until: Date | null;
  readonly provider_message_id: string | null;
  readonly sent_at: Date | null;
  readonly html: string | null;
}

/** An instance that sends, and a stand-in that it sends to. */
export async function startMailing(
  options: { configuration?: string; settings?: Record<string, string> } = {},
): Promise<MailingInstance> {
  const standIn = await SendGridStandIn.start();
  const settings = {
    MAIL_MODE: "live",
    MAIL_FROM: "Example <hello@example.com>",
    SENDGRID_API_KEY: "SG.key",
    SENDGRID_BASE_URL: standIn.url,
    SENDGRID_TIMEOUT_MS: "3000",
    SENDGRID_EVENT_PUBLIC_KEY: standIn.publicKey,
    ...options.settings,
  };
  const instance = await startInstance({ configuration: options.configuration ?? NAMED_FORM, settings });
  const { database } = instance.app;
  const read = (where: string) => rowsOf<MessageRow>(database, `SELECT * FROM sent_messages WHERE ${where}`);
  return {
    ...instance,
    standIn,
    async lead(email, more = {}) {
      const answer = await instance.post("/webhooks/hook", { email, ...more }).expect(200);
      const [row] = await read(`lead_id = '${answer.body.id}' ORDER BY created_at DESC, id DESC LIMIT 1`);
      return row!.id;
    },
    async form(email) {
      await instance.http.post("/forms/contact").type("form").send({ email }).expect(200);
    },
    row: async (id) => (await read(`id = '${id}'`))[0]!,
    another: ({ clock = instance.clock, ...more } = {}) =>
      createApp({
        settings: parseSettings({
          LEADGATE_ADMIN_KEY: ADMIN_KEY,
          PUBLIC_URL: "https://leads.example.com",
          ...settings,
          ...more.settings,
        }),
        environment: {},
        log: pino({ level: "silent" }),
        clock,
        database: { ...database, close: async () => undefined },
      }),
    async tell(events) {
      const { body, headers } = standIn.signEvents(events);
      const answer = await instance.http.post("/sendgrid/events").set(headers).send(body).expect(200);
      return answer.body.counted as number;
    },
    async close() {
      await standIn.close();
      await instance.close();
    },
  };
}

/** A promise and what fulfils it. */
export function gate<Value = void>(): { readonly open: (value: Value) => void; readonly opened: Promise<Value> } {
  let open!: (value: Value) => void;
  const opened = new Promise<Value>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** Waits until something holds, at most 30 s. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); ) {
    if (Date.now() > end) throw new Error("it never came to hold");
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
