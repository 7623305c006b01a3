import type { CanonicalField, JsonObject, Recognised } from "../types.ts";
import type { Mapped } from "./mapped.ts";

/** What the recogniser looks at: a parsed and cleaned body, and headers under lower-case names. */
export interface IntakeRequest {
  readonly payload: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** Where the owner of a source says that values are: canonical name → literal key, or path such as `answers[0].text`. */
export type FieldMap = Readonly<Partial<Record<CanonicalField | "submissionId", string>>>;

/** How one sender writes. */
export interface Shape {
  readonly name: string;
  /** @returns nothing when the request is not of this shape. */
  recognise(request: IntakeRequest, mapped: Mapped): Recognised | undefined;
}
