import type { JsonObject } from "../lead/types.ts";

/** One mail as it is handed to whoever sends it. No header in it holds a line break. */
export interface OutgoingMail {
  /** The follow-up's id; comes back with every event about this mail. */
  readonly messageId: string;
  /** Which call for this follow-up it is; comes back likewise. */
  readonly attempt: number;
  /** A bare address. */
  readonly to: string;
  /** `name@example.com` or `Name <name@example.com>`. */
  readonly from: string;
  readonly replyTo?: string | undefined;
  readonly headers: Readonly<Record<string, string>>;
  readonly content: MailContent;
}

export type MailContent =
  | { readonly subject: string; readonly html: string; readonly text: string }
  /** A template that the provider keeps, `d-…`, and what it is filled with. */
  | { readonly dynamicTemplate: string; readonly data: JsonObject };

/** What became of a call. Only `unavailable` and `paused` say for certain that it sent no mail and may be made again. */
export type MailOutcome =
  | { readonly kind: "accepted"; readonly providerMessageId: string | undefined; readonly note?: string }
  /** This mail will never be taken as it is. */
  | { readonly kind: "rejected"; readonly reason: string }
  /** No mail of ours is taken at the moment: a wrong key, or credits used up. */
  | { readonly kind: "paused"; readonly reason: string }
  /** Not taken now: too many at once, or nobody was reached and nothing was written. */
  | { readonly kind: "unavailable"; readonly reason: string; readonly retryAfterSeconds?: number | undefined }
  /** Something was written and no clear answer came: it may have been taken. */
  | { readonly kind: "unknown"; readonly reason: string };

/** Sends mail. One call makes at most one attempt; an exception is a bug. */
export interface Mailer {
  send(mail: OutgoingMail): Promise<MailOutcome>;
  /** How long a call can take at most. */
  readonly timeoutMs: number;
  /** Closes idle connections. */
  close(): void;
}
