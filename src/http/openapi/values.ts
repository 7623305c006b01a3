import { z } from "zod";
import { UTM_FIELDS } from "../../lead/types.ts";

/** A moment in an answer: ISO 8601 in UTC. */
export const Time = z.iso.datetime().meta({ examples: ["2026-03-01T12:00:00.000Z"] });
export const Id = z.uuid().meta({ examples: ["01890a5d-ac96-774b-bcce-b302099a8057"] });
export const Text = z.string();
export const Count = z.int().min(0);
export const JsonObject = z.record(z.string(), z.unknown());
/** HTML or other text for people. */
export const Page = z.string();

export const Utm = z.strictObject(
  Object.fromEntries(UTM_FIELDS.map((name) => [name, Text.optional()])) as Record<
    (typeof UTM_FIELDS)[number],
    z.ZodOptional<z.ZodString>
  >,
);

/** The path parameter of everything that has an id. Checked by the route, which answers 404 for what is none. */
export const IdParam = { id: Id };

/** A page of a list. */
export function pageOf(name: string, item: z.ZodType) {
  return z
    .strictObject({
      data: z.array(item),
      nextCursor: Text.nullable().meta({ description: "To be sent as `cursor` for the next page; null on the last." }),
    })
    .meta({ id: `${name}Page` });
}
