import { compact, isSomebodyElse } from "../labels.ts";
import type { JsonObject, Recognised } from "../types.ts";
import type { Entry } from "./claim.ts";
import { type Facts, finish } from "./finish.ts";
import { leaves } from "./leaves.ts";
import type { Mapped } from "./mapped.ts";
import { idText } from "./read.ts";
import type { IntakeRequest, Shape } from "./shape.ts";

/** Names of a submission's own id, the surest first. A bare `id` comes last: it may be a contact's. */
const ID_NAMES = ["submissionid", "formsubmissionid", "entryid", "responseid", "leadgenid", "leadid", "id"];
const ID_WRAPPERS = new Set(["data", "payload", "body", "submission", "entry", "response", "record"]);
const TEST_KEYS = ["is_test", "isTest", "test_lead", "testLead"];

/** Anything without a shape of its own: names chosen by whoever set it up, flat or nested. */
export const generic = {
  name: "generic",
  recognise: ({ payload, headers }: IntakeRequest, mapped: Mapped): Recognised => {
    const isZapier = /^zapier/i.test(headers["user-agent"] ?? "");
    return recogniseFlat({ sender: isZapier ? "zapier" : "generic" }, payload, mapped);
  },
} satisfies Shape;

/** Reads a payload whose keys are labels, for senders that differ from the generic one in name and id alone. */
export function recogniseFlat(facts: Facts, payload: JsonObject, mapped: Mapped): Recognised {
  const id = facts.senderId === undefined && mapped.senderId === undefined ? findId(payload) : undefined;
  const test = facts.test ?? TEST_KEYS.some((key) => isTrue(payload, key));
  const contents = { tree: payload, used: id ? [id] : [] };
  return finish({ ...facts, senderId: facts.senderId ?? idText(id?.value), test }, contents, mapped);
}

function isTrue(payload: JsonObject, key: string): boolean {
  return Object.hasOwn(payload, key) && (payload[key] === true || payload[key] === "true");
}

function findId(payload: JsonObject): Entry | undefined {
  const found = leaves(payload).flatMap((entry) => {
    const rank = entry.isHoisted || idText(entry.value) === undefined ? -1 : idRank(entry.path);
    return rank < 0 || entry.path.some(isSomebodyElse) ? [] : [{ entry, rank, depth: entry.path.length }];
  });
  return found.sort((a, b) => a.rank - b.rank || a.depth - b.depth)[0]?.entry;
}

function idRank(path: readonly string[]): number {
  const leaf = compact(path.at(-1) ?? "");
  if (leaf !== "id") return ID_NAMES.indexOf(leaf);
  const joined = ID_NAMES.indexOf(compact(path.slice(-2).join(" ")));
  if (joined >= 0) return joined;
  return path.slice(0, -1).every((segment) => ID_WRAPPERS.has(compact(segment))) ? ID_NAMES.length : -1;
}
