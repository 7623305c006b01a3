import type { Request } from "express";
import type { z } from "zod";
import { type FieldFault, LeadgateError } from "../base/errors.ts";
import { cleanJson } from "../lead/clean-json.ts";
import { parseBody } from "./body.ts";

/**
 * Reads a body of known fields.
 *
 * @throws LeadgateError `malformed` when it is no object, `invalid-field` naming every wrong field; unknown ones are
 *   refused, lest a typo be ignored.
 */
export async function parseFields<Schema extends z.ZodType>(
  schema: Schema,
  request: Request,
): Promise<z.output<Schema>> {
  const body = cleanJson(await parseBody(request));
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    const message = "must be an object";
    throw new LeadgateError("malformed", `The body ${message}.`, { faults: [{ path: "", message }] });
  }
  const result = schema.safeParse(body);
  if (result.success) return result.data;
  const faults = result.error.issues.flatMap((issue): FieldFault[] =>
    issue.code === "unrecognized_keys"
      ? issue.keys.map((path) => ({ path, message: "is no field of this call" }))
      : [{ path: issue.path.join("."), message: issue.message }],
  );
  const told = faults.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new LeadgateError("invalid-field", `${told}.`, { faults });
}
