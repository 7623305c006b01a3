/** What the service answers, as far as the page reads it. Times are ISO 8601 in UTC. */

export type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

export interface Page<Item> {
  readonly data: readonly Item[];
  readonly nextCursor: string | null;
}

export interface Session {
  readonly name: string;
  readonly scopes: readonly string[];
  /** Whether this key may change things. */
  readonly canChange: boolean;
  readonly endsAt: string;
}

export const LEAD_STATUSES = ["new", "contacted", "qualified", "won", "lost"] as const;
export type LeadStatus = (typeof LEAD_STATUSES)[number];

export interface Lead {
  readonly id: string;
  readonly email: string;
  readonly emailAsGiven: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
  readonly phone: string | null;
  readonly company: string | null;
  readonly jobTitle: string | null;
  readonly website: string | null;
  readonly country: string | null;
  readonly message: string | null;
  readonly status: LeadStatus;
  readonly suppressed: boolean;
  readonly consent: boolean | null;
  readonly source: string;
  readonly utm: Readonly<Record<string, string>>;
  readonly attributes: Readonly<Record<string, Json>>;
  readonly submissionCount: number;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly lastSubmissionAt: string;
}

export interface LeadName {
  readonly id: string;
  readonly email: string;
  readonly firstName: string | null;
  readonly lastName: string | null;
}

interface Entry {
  readonly id: string;
  readonly at: string;
}

export interface SubmissionEntry extends Entry {
  readonly type: "submission";
  readonly source: string;
  readonly identity: string;
  readonly outcome: string;
  readonly replayCount: number;
  readonly occurredAt: string;
  readonly payload: Readonly<Record<string, Json>>;
}

export interface DecisionEntry extends Entry {
  readonly type: "decision";
  readonly rule: string;
  readonly template: string;
  readonly verdict: string;
  readonly reason: string | null;
}

export interface EventEntry extends Entry {
  readonly type: "event";
  readonly eventType: string;
  readonly eventId: string;
  readonly source: string;
  readonly value: number | null;
  readonly currency: string | null;
  readonly data: Readonly<Record<string, Json>>;
  readonly replayCount: number;
}

export interface MessageEntry extends Entry {
  readonly type: "message";
  readonly template: string;
  readonly rule: string;
  readonly status: MessageStatus;
  readonly reason: string | null;
  readonly dueAt: string;
  readonly sentAt: string | null;
  readonly subject: string | null;
}

export interface ChangeEntry extends Entry {
  readonly type: "change";
  readonly actor: string;
  readonly changes: Readonly<Record<string, { readonly from: Json; readonly to: Json }>>;
}

export type TimelineEntry = SubmissionEntry | DecisionEntry | EventEntry | MessageEntry | ChangeEntry;

export const MESSAGE_STATUSES = [
  "queued",
  "sending",
  "sent",
  "delivered",
  "bounced",
  "failed",
  "suppressed",
  "cancelled",
  "uncertain",
  "previewed",
  "shadowed",
] as const;
export type MessageStatus = (typeof MESSAGE_STATUSES)[number];

export interface Message {
  readonly id: string;
  readonly leadId: string;
  readonly template: string;
  readonly rule: string;
  readonly submissionId: string | null;
  readonly status: MessageStatus;
  readonly reason: string | null;
  readonly attempts: number;
  readonly subject: string | null;
  readonly dueAt: string;
  readonly createdAt: string;
  readonly updatedAt: string;
  readonly sentAt: string | null;
}

export interface MessageContent extends Message {
  readonly html: string | null;
  readonly text: string | null;
}

export interface Quarantined {
  readonly id: string;
  readonly channel: string;
  readonly source: string;
  readonly contentType: string;
  readonly payload: Readonly<Record<string, Json>>;
  readonly reason: string;
  readonly sightings: number;
  readonly submissionId: string | null;
  readonly receivedAt: string;
  readonly retriedAt: string | null;
}

export interface Accepted {
  readonly id: string | null;
  readonly submissionId: string;
  readonly outcome: string;
  readonly email: string | null;
  readonly followUps?: readonly {
    readonly template: string;
    readonly status: string;
    readonly messageStatus?: string;
  }[];
}

/** What a mapping reads from a payload. */
export type Trial = { readonly lines: string } & (
  | { readonly ok: true; readonly lead: Readonly<Record<string, Json>>; readonly occurredAt: string | null }
  | { readonly ok: false; readonly reason: string }
);

export interface Summary {
  readonly leads: number;
  readonly submissions: number;
  readonly replays: number;
  readonly events: number;
  readonly quarantined: number;
  readonly spam: number;
  readonly test: number;
  readonly messages: Readonly<Partial<Record<MessageStatus, number>>>;
  readonly oldestQueuedAt: string | null;
  readonly mailDueSince: string | null;
  readonly hooksPending: number;
  readonly pause: { readonly reason: string; readonly since: string; readonly probeAt: string } | null;
}

export interface Series {
  readonly from: string;
  readonly stepSeconds: number;
  readonly leads: readonly number[];
  readonly submissions: readonly number[];
  readonly replays: readonly number[];
  readonly messages: Readonly<Partial<Record<MessageStatus, readonly number[]>>>;
}

export interface Instance {
  readonly publicUrl: string;
  readonly isConfigured: boolean;
  readonly mailMode: "preview" | "sandbox" | "shadow" | "live";
  readonly mailFrom: string | null;
  readonly database: string;
  readonly hooksAllowPrivate: boolean;
}

export interface Source {
  readonly slug: string;
  /** Null where the configuration does not name it and leads came by it all the same. */
  readonly kind: "form" | "webhook" | null;
  readonly lastLeadAt: string | null;
  readonly map?: Readonly<Record<string, string>>;
  readonly dedupeWindowMs?: number;
  readonly origins?: readonly string[];
  readonly redirects?: readonly string[];
  readonly honeypot?: string;
  readonly signature?: string | null;
  readonly secrets?: number;
}

export interface Rule {
  readonly name: string;
  readonly on: string;
  readonly sources?: readonly string[];
  readonly when: string | null;
  readonly unless: string | null;
  readonly template: string;
  readonly delayMs?: number;
  readonly requireConsent: boolean;
  readonly to?: string;
}

export interface Template {
  readonly name: string;
  readonly asksToConfirm: boolean;
  readonly rules: readonly string[];
}

export interface TestSent {
  readonly template: string;
  readonly to: string;
  readonly mode: string;
  readonly outcome: string;
  readonly reason: string | null;
  readonly subject: string;
}

export interface Key {
  readonly id: string;
  readonly name: string;
  readonly scopes: readonly string[];
  readonly prefix: string;
  readonly lastFour: string;
  readonly createdAt: string;
  readonly lastUsedAt: string | null;
  readonly revokedAt: string | null;
}

export interface Hook {
  readonly id: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly createdAt: string;
  readonly disabledAt: string | null;
  readonly disabledReason: string | null;
}

export interface Delivery {
  readonly id: string;
  readonly event: string;
  readonly status: string;
  readonly attempts: number;
  readonly responseStatus: number | null;
  readonly reason: string | null;
  readonly createdAt: string;
  readonly nextAttemptAt: string | null;
  readonly deliveredAt: string | null;
}
