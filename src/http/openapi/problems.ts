import { z } from "zod";
import { PROBLEMS } from "../errors.ts";
import { Id, Text } from "./values.ts";

const KINDS = Object.keys(PROBLEMS) as (keyof typeof PROBLEMS)[];

/** Kinds that no answer over HTTP is made of: what only a start can meet, or a bug. */
const NEVER_TOLD = ["bad-setting", "locked"];

const FieldFault = z
  .strictObject({
    path: Text.meta({ description: "Dotted path in what was sent, or the name of a header; empty for the whole." }),
    message: Text.meta({ description: "What is wrong and what would be right." }),
  })
  .meta({ id: "FieldFault" });

export const Problem = z
  .strictObject({
    type: z.enum(KINDS.map((kind) => `/problems/${kind}`)),
    title: Text,
    status: z.int().min(400).max(599),
    detail: Text,
    requestId: Id.meta({ description: "Stands in the log too, and in the header X-Request-Id." }),
    errors: z.array(FieldFault).min(1),
    quarantineId: Id.optional().meta({ description: "Where what was sent is kept; see /v1/quarantine." }),
  })
  .meta({ id: "Problem", description: "A problem details object (RFC 9457)." });

/** Examples of problems by status: what a caller has to expect from each kind. */
export function problemExamples(status: number): Record<string, { value: z.output<typeof Problem> }> {
  const kinds = KINDS.filter((kind) => PROBLEMS[kind][0] === status && !NEVER_TOLD.includes(kind));
  return Object.fromEntries(
    kinds.map((kind) => {
      const title = PROBLEMS[kind][1];
      const detail = DETAILS[kind] ?? `${title}.`;
      const requestId = "01890a5d-ac96-774b-bcce-b302099a8057";
      const errors = [{ path: PATHS[kind] ?? "", message: detail }];
      return [kind, { value: { type: `/problems/${kind}`, title, status, detail, requestId, errors } }];
    }),
  );
}

export function titleOf(status: number): string {
  const kind = KINDS.find((one) => PROBLEMS[one][0] === status);
  return kind === undefined ? "A problem" : PROBLEMS[kind][1];
}

const PATHS: Partial<Record<string, string>> = { "invalid-email": "email", "precondition-required": "If-Match" };
const DETAILS: Partial<Record<string, string>> = {
  unauthorized: "Send a valid key as `Authorization: Bearer lg_…` or `X-Api-Key: lg_…`.",
  forbidden: 'This key lacks the scope "admin"; use one that has it.',
  "not-found": "There is nothing with this id.",
  "invalid-email": "must be an e-mail address such as ann@example.com",
  unavailable: "The database can't be reached at the moment; try again.",
};
