import { recogniseFlat } from "./generic.ts";
import { idText } from "./read.ts";
import type { Shape } from "./shape.ts";

const ID_HEADER = "framer-webhook-submission-id";

/** Framer's form webhook: the names of the form's inputs as keys, the submission's id in a header. */
export const framer: Shape = {
  name: "framer",
  recognise: ({ payload, headers }, mapped) =>
    Object.hasOwn(headers, ID_HEADER) || Object.hasOwn(headers, "framer-signature")
      ? recogniseFlat({ sender: "framer", senderId: idText(headers[ID_HEADER]) }, payload, mapped)
      : undefined,
};
