/** Anything JSON can say. Objects are plain data: read own keys only. */
export type Json = string | number | boolean | null | Json[] | JsonObject;
export interface JsonObject {
  [key: string]: Json;
}

/**
 * The key a lead is unique by: a normalised e-mail address with an ASCII domain, at most 254 octets.
 * Made by `toEmailKey` alone, so the store cannot be handed a raw string.
 */
export type EmailKey = string & { readonly __brand: "EmailKey" };

/** The text fields of a lead, in the order they are shown. */
export const TEXT_FIELDS = [
  "firstName",
  "lastName",
  "phone",
  "company",
  "jobTitle",
  "website",
  "country",
  "message",
] as const;
export type TextField = (typeof TEXT_FIELDS)[number];

/** The five UTM parameters, which are always kept and compared as one block. */
export const UTM_FIELDS = ["source", "medium", "campaign", "term", "content"] as const;
export type UtmField = (typeof UTM_FIELDS)[number];
export type Utm = Partial<Record<UtmField, string>>;

/** Names under which a mapping or a caller may give a value. `fullName` is split; it is no field of the lead itself. */
export type CanonicalField = "email" | "fullName" | TextField | "consent" | "occurredAt" | `utm.${UtmField}`;

/** What one request says of one person, in canonical names, before anything is normalised or stored. */
export interface Recognised extends Partial<Record<TextField, string>> {
  /** The shape that was recognised: `zapier`, `typeform`, …, or `generic`. */
  readonly sender: string;
  /** The address as it was sent. Absent when none could be found. */
  readonly email?: string;
  readonly fullName?: string;
  readonly consent?: boolean;
  /** When it happened, by the sender's own word; always with an offset on the wire. */
  readonly occurredAt?: Date;
  readonly utm?: Utm;
  /** Everything else that was sent, by the name it had. */
  readonly attributes: JsonObject;
  /** Attributes that tell when the request arrived; they differ between two sendings of the same content. */
  readonly arrivalKeys?: readonly string[];
  /** The sender's own id of this submission, where the shape has one. */
  readonly senderId?: string;
  /** The sender marked this as a test: no lead, no mail. */
  readonly test?: boolean;
  /** Why there is no address although the shape is known, in words for the person who set it up. */
  readonly missing?: string;
  /** A behaviour event this request stands for (a paid order), instead of a submission. */
  readonly event?: RecognisedEvent;
}

/** A behaviour event in canonical names. */
export interface RecognisedEvent {
  readonly id: string;
  readonly type: string;
  readonly occurredAt?: Date;
  /** In the currency's major unit (euros, not cents). */
  readonly value?: number;
  /** ISO 4217, upper case. */
  readonly currency?: string;
}
