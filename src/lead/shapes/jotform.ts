import type { JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { generic } from "./generic.ts";
import { epoch, idText, isObject, omit, own, text } from "./read.ts";
import type { Shape } from "./shape.ts";

/** What the form page adds to the answers for its own working. */
const WORKINGS = [
  "slug",
  "path",
  "jsExecutionTracker",
  "submitSource",
  "eventObserver",
  "uploadServerUrl",
  "event_id",
  "timeToSubmit",
  "validatedNewRequiredFieldIDs",
  "visitedPages",
  "submitDate",
  "buildDate",
];

/** Jotform's webhook: the answers are a JSON text in `rawRequest`, under keys such as `q3_name`. */
export const jotform: Shape = {
  name: "jotform",
  recognise: (request, mapped) => {
    const { payload } = request;
    const raw = own(payload, "rawRequest");
    if (raw === undefined || !(Object.hasOwn(payload, "submissionID") || Object.hasOwn(payload, "formID")))
      return undefined;
    const answers = mapped.open(raw);
    if (!answers) return { ...generic.recognise(request, mapped), sender: "jotform" };
    const used = WORKINGS.filter((key) => Object.hasOwn(answers, key)).map((at) => ({ holder: answers, at }));
    return finish(
      {
        sender: "jotform",
        senderId: idText(own(payload, "submissionID")),
        occurredAt: epoch(own(answers, "submitDate")),
      },
      {
        entries: phonesInParts(answers),
        tree: answers,
        used,
        rest: omit(payload, "rawRequest", "submissionID", "pretty"),
      },
      mapped,
    );
  },
};

/** A phone field can be asked for in parts; the parts are put together as a person would write them. */
function phonesInParts(answers: JsonObject): Entry[] {
  return Object.entries(answers).flatMap(([at, value]): Entry[] => {
    if (!isObject(value) || text(own(value, "phone")) === undefined || !Object.hasOwn(value, "area")) return [];
    const whole = ["country", "area", "phone"].flatMap((part) => text(own(value, part)) ?? []).join(" ");
    return [{ key: at, value: whole, path: [at], field: "phone", holder: answers, at }];
  });
}
