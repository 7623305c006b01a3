import type { JsonObject } from "../types.ts";
import type { Entry } from "./claim.ts";
import { finish } from "./finish.ts";
import { epoch, idText, isObject, list, omit, own } from "./read.ts";
import type { Shape } from "./shape.ts";

/** HubSpot's workflow webhook: the whole contact. Its `vid` is the contact's; the newest form submission has an id of its own. */
export const hubspot: Shape = {
  name: "hubspot",
  recognise: ({ payload }, mapped) => {
    const properties = own(payload, "properties");
    const isContact =
      isObject(properties) &&
      ["vid", "canonical-vid", "form-submissions", "identity-profiles"].some((key) => Object.hasOwn(payload, key)) &&
      Object.values(properties).some((property) => own(property, "value") !== undefined);
    if (!isContact) return undefined;
    const submission = list(payload, "form-submissions")[0];
    return finish(
      {
        sender: "hubspot",
        senderId: idText(own(submission, "conversion-id")),
        occurredAt: epoch(own(submission, "timestamp")),
      },
      {
        entries: entriesOf(properties),
        rest: omit(payload, "properties", "identity-profiles", "merge-audits", "list-memberships"),
      },
      mapped,
    );
  },
};

/** A property's history (`versions`) says nothing that its value does not. */
function entriesOf(properties: JsonObject): Entry[] {
  return Object.entries(properties).flatMap(([key, property]): Entry[] => {
    const value = own(property, "value") ?? (isObject(property) ? undefined : property);
    const holder = isObject(property) ? property : properties;
    const at = isObject(property) ? "value" : key;
    return value === undefined ? [] : [{ key, value, path: [key], holder, at, isHoisted: true }];
  });
}
