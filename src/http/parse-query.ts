import type { Request } from "express";
import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";

const LIMIT = "must be a whole number from 1 to 200";

/** The fields every list takes. */
export const PageQuery = {
  limit: z
    .string(LIMIT)
    .regex(/^\d{1,3}$/, LIMIT)
    .transform(Number)
    .refine((limit) => limit >= 1 && limit <= 200, LIMIT)
    .default(50)
    .meta({ type: "integer", minimum: 1, maximum: 200, default: 50, description: "Items of a page at most." }),
  cursor: z.string("must be given once").optional().meta({ description: "`nextCursor` of the page before." }),
};

const TIME = "must be an ISO 8601 time with an offset, such as 2026-01-18T18:17:02Z, from 1900 on";
/** A moment in a query; an unescaped `+` of an offset arrives as a space. */
export const QueryTime = z
  .string(TIME)
  .transform((text) => text.replace(" ", "+"))
  .pipe(z.iso.datetime({ offset: true, error: TIME }))
  .refine((text) => Date.parse(text) >= Date.UTC(1900, 0), TIME)
  .transform((text) => new Date(text))
  .meta({ type: "string", format: "date-time", examples: ["2026-01-18T18:17:02Z"] });

export const QueryText = z
  .string("must be given once")
  .max(500, "must have at most 500 characters")
  .refine((text) => !text.includes("\0"), "must not hold U+0000, which no stored text does")
  .optional();

/** What a call takes that has no parameters. */
export const NO_QUERY = {};

/** Building a schema takes longer than all else a small request does, so each shape's is kept. */
const schemas = new WeakMap<z.ZodRawShape, z.ZodType>();

function schemaOf(shape: z.ZodRawShape): z.ZodType {
  const known = schemas.get(shape);
  if (known !== undefined) return known;
  const schema = z.strictObject(shape);
  schemas.set(shape, schema);
  return schema;
}

/**
 * Reads the parameters of a request.
 *
 * @param shape the same object for every request of a call, such as a constant of its module.
 * @throws LeadgateError `malformed` naming every wrong parameter; unknown ones are refused, lest a typo be ignored.
 */
export function parseQuery<Shape extends z.ZodRawShape>(shape: Shape, request: Request): z.output<z.ZodObject<Shape>> {
  const { key: _key, ...query } = request.query;
  const result = schemaOf(shape).safeParse(query);
  if (result.success) return result.data as z.output<z.ZodObject<Shape>>;
  const faults = result.error.issues.flatMap(({ code, path, message, ...issue }) =>
    code === "unrecognized_keys"
      ? (issue as { keys: string[] }).keys.map((name) => ({ path: name, message: "is no parameter of this call" }))
      : [{ path: String(path[0]), message }],
  );
  const told = faults.map(({ path, message }) => `${path} ${message}`).join("; ");
  throw new LeadgateError("malformed", `The query is wrong: ${told}.`, { faults });
}

const Id = z.uuid();

/** @throws LeadgateError `not-found` for what can't be an id, as for an id nobody has. */
export function parseId(request: Request): string {
  const id = Id.safeParse(request.params.id);
  if (!id.success) throw new LeadgateError("not-found", "There is nothing with this id.");
  return id.data;
}
