import { recogniseFlat } from "./generic.ts";
import type { Shape } from "./shape.ts";

/** WPForms' webhook: keys chosen by the owner, so the header alone tells. */
export const wpforms: Shape = {
  name: "wpforms",
  recognise: ({ payload, headers }, mapped) =>
    Object.hasOwn(headers, "x-wpforms-webhook-id") || Object.hasOwn(headers, "x-wpforms-webhook-signature")
      ? recogniseFlat({ sender: "wpforms" }, payload, mapped)
      : undefined,
};
