import { z } from "zod";
import { SOURCE_SLUG } from "../base/configuration-schema.ts";
import { type FieldFault, LeadgateError } from "../base/errors.ts";
import { type Json, type JsonObject, type Recognised, TEXT_FIELDS, UTM_FIELDS, type Utm } from "../lead/types.ts";

const text = z.string("must be text, or null").nullish();
const texts = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, text])) as { [Name in Names[number]]: typeof text };

const OCCURRED_AT =
  "must be an ISO 8601 time with an offset, such as 2026-01-18T18:17:02Z or 2026-01-18T19:17:02+01:00, from 1900 on";

/** When something happened, as own code must say it. */
export const OccurredAt = z.iso
  .datetime({ offset: true, error: OCCURRED_AT })
  .refine((time) => Date.parse(time) >= Date.UTC(1900, 0), OCCURRED_AT);

export const SourceSlug = z.string().regex(SOURCE_SLUG, "must be a to z, 0 to 9 and -, at most 64 characters");

/** A lead in canonical names, as `POST /v1/leads` takes it. Other keys are kept as attributes. */
export const CanonicalLead = z.looseObject({
  email: z.string("must be an e-mail address such as ann@example.com"),
  ...texts(TEXT_FIELDS),
  fullName: text,
  consent: z.boolean("must be true, false or null").nullish(),
  occurredAt: OccurredAt.nullish(),
  utm: z.looseObject(texts(UTM_FIELDS), "must be an object with source, medium, campaign, term, content").nullish(),
  attributes: z.record(z.string(), z.unknown(), "must be an object").nullish(),
  source: SourceSlug.nullish(),
  submissionId: z
    .string("must be text")
    .min(1, "must not be empty")
    .max(255, "must have at most 255 characters")
    .nullish(),
});

/** What an own-code submission says, and where it says it comes from. */
export interface CanonicalSubmission {
  readonly recognised: Recognised;
  readonly source: string;
  readonly submissionId: string | undefined;
}

const KNOWN = new Set(Object.keys(CanonicalLead.shape));

/**
 * Reads a submission in canonical names, strictly: own code can mend what it sends.
 *
 * @throws LeadgateError `invalid-field` with every fault, each with the path of its field.
 */
export function readCanonical(payload: JsonObject): CanonicalSubmission {
  const result = CanonicalLead.safeParse(payload);
  if (!result.success) {
    const faults: FieldFault[] = result.error.issues.map(({ path, message }) => ({ path: path.join("."), message }));
    const only = faults.every(({ path }) => path === "email") ? "invalid-email" : "invalid-field";
    throw new LeadgateError(only, faults.map(({ path, message }) => `${path} ${message}`).join("; "), { faults });
  }
  const { source, submissionId, attributes, occurredAt, utm, ...said } = result.data;
  const known = Object.entries(said).filter(([key, value]) => KNOWN.has(key) && value !== null && value !== undefined);
  const unknown = Object.entries(payload).filter(([key]) => !KNOWN.has(key));
  return {
    recognised: {
      ...(Object.fromEntries(known) as Partial<Recognised>),
      sender: "canonical",
      attributes: {
        ...Object.fromEntries([...unknown, ...otherUtm(utm)]),
        ...(attributes as JsonObject | null | undefined),
      },
      ...(utm != null && { utm: utmOf(utm) }),
      ...(occurredAt != null && { occurredAt: new Date(occurredAt) }),
    },
    source: source ?? "api",
    submissionId: submissionId ?? undefined,
  };
}

function utmOf(utm: object): Utm {
  return Object.fromEntries(Object.entries(utm).filter(([name, value]) => isUtmField(name) && value != null));
}

/** `utm.id` and the like, of which a lead has no field: kept as attributes. */
function otherUtm(utm: object | null | undefined): [string, Json][] {
  const others = Object.entries(utm ?? {}).filter(([name]) => !isUtmField(name));
  return others.map(([name, value]): [string, Json] => [`utm.${name}`, value]);
}

function isUtmField(name: string): boolean {
  return (UTM_FIELDS as readonly string[]).includes(name);
}
