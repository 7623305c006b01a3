import type { JsonObject, Recognised } from "../types.ts";
import type { Mapped } from "./mapped.ts";

/** What the recogniser looks at: a parsed and cleaned body, and headers under lower-case names. */
export interface IntakeRequest {
  readonly payload: JsonObject;
  readonly headers: Readonly<Record<string, string>>;
}

/** How one sender writes. */
export interface Shape {
  readonly name: string;
  /** @returns nothing when the request is not of this shape. */
  recognise(request: IntakeRequest, mapped: Mapped): Recognised | undefined;
}
