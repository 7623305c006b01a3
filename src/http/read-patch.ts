import type { Request } from "express";
import { z } from "zod";
import { didYouMean } from "../base/did-you-mean.ts";
import { type FieldFault, LeadgateError } from "../base/errors.ts";
import type { Patch } from "../flow/patch-lead.ts";
import { cleanJson } from "../lead/clean-json.ts";
import { TEXT_FIELDS, UTM_FIELDS } from "../lead/types.ts";
import { parseBody } from "./body.ts";

export const STATUSES = ["new", "contacted", "qualified", "won", "lost"] as const;

/** RFC 7396, and what callers send who know no better. */
const TYPES = ["application/merge-patch+json", "application/json"];

const TEXT = "must be text, or null to clear it";
const text = z
  .string(TEXT)
  .refine((value) => value.trim() !== "", "must not be blank; send null to clear it")
  .nullable()
  .optional();
const texts = <const Names extends readonly string[]>(names: Names) =>
  Object.fromEntries(names.map((name) => [name, text])) as { [Name in Names[number]]: typeof text };

const UTM = `must be an object with some of ${UTM_FIELDS.join(", ")}, or null to clear it`;

/** What of a lead can be changed by hand; null clears, what is absent stays. */
export const LeadPatchBody = z.strictObject({
  email: z.string("must be an e-mail address; a lead is never without one").optional(),
  ...texts(TEXT_FIELDS),
  status: z.enum(STATUSES, `must be one of ${STATUSES.join(", ")}`).optional(),
  consent: z.boolean("must be true, false or null").nullable().optional(),
  suppressed: z.boolean("must be true or false").optional(),
  utm: z.strictObject(texts(UTM_FIELDS), UTM).nullable().optional(),
  attributes: z.record(z.string(), z.unknown(), "must be an object, or null to clear it").nullable().optional(),
});

const FIELDS = Object.keys(LeadPatchBody.shape);
const READ_ONLY = ["id", "emailAsGiven", "source", "submissionCount", "createdAt", "updatedAt", "lastSubmissionAt"];

/**
 * Reads a merge patch of a lead.
 *
 * @throws LeadgateError `unsupported-media-type`, `malformed`, or `invalid-field` with every fault and how to mend it.
 */
export async function readPatch(request: Request): Promise<Patch> {
  const type = (request.headers["content-type"] ?? "").split(";", 1)[0]!.trim().toLowerCase();
  if (!TYPES.includes(type)) {
    const message = `must be ${TYPES.join(" or ")}`;
    const faults = [{ path: "Content-Type", message }];
    throw new LeadgateError("unsupported-media-type", `The Content-Type ${message}.`, { faults });
  }
  const result = LeadPatchBody.safeParse(cleanJson(await parseBody(request)));
  if (result.success) return result.data as Patch;
  const faults = result.error.issues.flatMap(faultsOf);
  const told = faults.map(({ path, message }) => `${path || "The body"} ${message}`).join("; ");
  throw new LeadgateError("invalid-field", `${told}.`, { faults });
}

function faultsOf(issue: z.core.$ZodIssue): FieldFault[] {
  const path = issue.path.join(".");
  if (issue.code !== "unrecognized_keys") {
    return [{ path, message: path === "" ? "must be an object with the fields to change" : issue.message }];
  }
  if (path === "utm") {
    const message = `is none of ${UTM_FIELDS.join(", ")}; put it into attributes`;
    return issue.keys.map((name) => ({ path: `utm.${name}`, message }));
  }
  return issue.keys.map((name) => ({ path: name, message: unknownField(name) }));
}

function unknownField(name: string): string {
  if (name === "emailAsGiven") return "can't be changed by itself; it follows email";
  if (READ_ONLY.includes(name)) return "can't be changed; leave it out";
  if (name === "fullName") return "is no field of a lead; give firstName and lastName";
  return `is no field of a lead; put it into attributes${didYouMean(name, FIELDS)}`;
}
