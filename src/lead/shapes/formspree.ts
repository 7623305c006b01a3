import { finish } from "./finish.ts";
import { instant, isObject, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Formspree's webhook: the form's hash and the submission, with its time in `_date`. It has no id. */
export const formspree: Shape = {
  name: "formspree",
  recognise: ({ payload, headers }, mapped) => {
    const submission = own(payload, "submission");
    const isFormspree = typeof own(payload, "form") === "string" && isObject(submission);
    const isMarked =
      isObject(submission) && (Object.hasOwn(submission, "_date") || Object.hasOwn(headers, "formspree-signature"));
    if (
      !isFormspree ||
      !(isMarked || Object.keys(payload).every((key) => ["form", "submission", "keys"].includes(key)))
    ) {
      return undefined;
    }
    const occurredAt = instant(own(submission, "_date"));
    const used = occurredAt ? [{ holder: submission, at: "_date" }] : [];
    return finish(
      { sender: "formspree", occurredAt, arrivals: ["_date"] },
      { tree: submission, used, rest: omit(payload, "submission") },
      mapped,
    );
  },
};
