import { finish } from "./finish.ts";
import { idText, instant, isObject, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** Webflow's form webhook: v2 wraps `data` in `payload`, v1 has it at the top beside `_id`, `site` and the time `d`. */
export const webflow: Shape = {
  name: "webflow",
  recognise: ({ payload }, mapped) => {
    const inner = own(payload, "payload");
    const isSecond = isObject(inner) && own(payload, "triggerType") === "form_submission";
    const body = isSecond ? inner : payload;
    const data = own(body, "data");
    const isFirst =
      typeof own(payload, "_id") === "string" &&
      ["site", "d", "formId", "siteId", "submittedAt"].some((key) => Object.hasOwn(payload, key));
    if (!isObject(data) || !(isSecond || isFirst)) return undefined;
    return finish(
      {
        sender: "webflow",
        senderId: idText(own(body, isSecond ? "id" : "_id")),
        occurredAt: instant(own(body, "submittedAt")) ?? instant(own(body, "d")),
        arrivals: ["d"],
      },
      {
        tree: data,
        rest: {
          ...(isSecond ? omit(payload, "payload", "triggerType") : {}),
          ...omit(body, "data", "schema", isSecond ? "id" : "_id", "submittedAt", "d"),
        },
      },
      mapped,
    );
  },
};
