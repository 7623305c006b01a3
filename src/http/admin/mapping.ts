import { stringify } from "yaml";
import { z } from "zod";
import { MAPPABLE_FIELDS } from "../../base/configuration-schema.ts";
import { LeadgateError } from "../../base/errors.ts";
import type { Submission } from "../../flow/submission.ts";
import type { FieldMap } from "../../lead/recognise.ts";

const PLACE = "must be the place of the value in the payload, such as answers[0].text";

/** A mapping as the configuration file has it under a source's `map`. */
export const Mapping = z.partialRecord(
  z.enum(MAPPABLE_FIELDS, `is no field of a lead; there are ${MAPPABLE_FIELDS.join(", ")}`),
  z.string(PLACE).trim().min(1, PLACE).max(500, "must have at most 500 characters"),
);

/** What a reading came to, for a person who is mending a mapping. Nothing is kept of it. */
export function toldReading(read: () => Submission) {
  try {
    const { said, occurredAt, event } = read();
    const { emailAsGiven, ...fields } = said.fields;
    const lead = { email: said.email, emailAsGiven, ...fields, utm: said.utm, attributes: said.attributes };
    return { ok: true, lead, occurredAt: occurredAt?.toISOString() ?? null, event: event?.type ?? null } as const;
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    return { ok: false, reason: error.publicMessage } as const;
  }
}

/** The lines of the configuration file that have a mapping used from now on; none for an empty one. */
export function mappingLines(source: string, map: FieldMap): string {
  return Object.keys(map).length === 0 ? "" : stringify({ sources: { [source]: { map } } });
}
