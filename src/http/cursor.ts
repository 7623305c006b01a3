import { z } from "zod";
import { LeadgateError } from "../base/errors.ts";
import type { Place } from "../store/keyset.ts";

const Cursor = z.tuple([z.string(), z.iso.datetime().refine((at) => Date.parse(at) >= Date.UTC(1900, 0)), z.uuid()]);

/** The opaque text of a place in a list. @param list what is listed and how, so that a cursor of another is refused. */
export function writeCursor(list: string, place: Place | null): string | null {
  if (place === null) return null;
  return Buffer.from(JSON.stringify([list, place.at.toISOString(), place.id])).toString("base64url");
}

/** @throws LeadgateError `malformed` when it is no cursor, or one of another list. */
export function readCursor(list: string, text: string | undefined): Place | undefined {
  if (text === undefined) return undefined;
  try {
    const [of, at, id] = Cursor.parse(JSON.parse(Buffer.from(text, "base64url").toString("utf8")));
    if (of === list) return { at: new Date(at), id };
  } catch {
    // Told below, as a cursor of another list is.
  }
  const message = "is not a cursor of this list; take `nextCursor` of the page before, or leave it out";
  throw new LeadgateError("malformed", `The cursor ${message}.`, { faults: [{ path: "cursor", message }] });
}
