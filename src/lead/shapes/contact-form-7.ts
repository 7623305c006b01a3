import { recogniseFlat } from "./generic.ts";
import type { Shape } from "./shape.ts";

const OWN_NAMES = ["your-email", "your-name", "your-message", "_wpcf7", "_wpcf7_unit_tag", "_wpcf7_version"];

/** Contact Form 7, by its plugins or as the form itself: the names of its default form, or its own hidden fields. */
export const contactForm7: Shape = {
  name: "contact-form-7",
  recognise: ({ payload }, mapped) =>
    OWN_NAMES.some((key) => Object.hasOwn(payload, key))
      ? recogniseFlat({ sender: "contact-form-7" }, payload, mapped)
      : undefined,
};
