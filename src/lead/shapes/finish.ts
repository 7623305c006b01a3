import { compact } from "../labels.ts";
import {
  type Json,
  type JsonObject,
  type Recognised,
  type RecognisedEvent,
  TEXT_FIELDS,
  UTM_FIELDS,
  type Utm,
} from "../types.ts";
import { claim, type Entry } from "./claim.ts";
import { leaves, type Place, placesOf, prune } from "./leaves.ts";
import type { Mapped } from "./mapped.ts";
import { isObject } from "./read.ts";

/** What a sender says beside the fields of its form. */
export interface Facts {
  readonly sender: string;
  readonly senderId?: string | undefined;
  readonly occurredAt?: Date | undefined;
  readonly test?: boolean | undefined;
  readonly missing?: string | undefined;
  readonly event?: RecognisedEvent | undefined;
  /** Attributes of this sender that are times of arrival, beside those whose names say so. */
  readonly arrivals?: readonly string[];
  /** Withholds the address, where the request is no submission yet. */
  readonly isIncomplete?: boolean;
}

/** Values of a form, by tree or by list, and what else is to be kept. */
interface Contents {
  /** Read with all nested values. */
  readonly tree?: JsonObject;
  readonly entries?: readonly Entry[];
  /** Places of the tree that the shape itself has used: its id, its time. */
  readonly used?: readonly Place[];
  /** Kept as it is; nothing in it is taken for the person's. */
  readonly rest?: JsonObject;
}

/** Names of times that tell of the sending and not of what the person said. */
const ARRIVALS = new Set(
  `timestamp submittedat submitdate submissiondate submissiontime submittedon submissiondatetime datesubmitted timesubmitted createdat
  createdtime createdon createdate creationdate datecreated dateupdated updatedat updatedon lastmodifieddate receivedat receivedon sentat
  senttime landedat leadsubmittime builddate eventtime triggeredat zaptimestamp occurredat occurredon`.split(/\s+/),
);

/** Puts a recognised submission together from the values of its form. */
export function finish(facts: Facts, contents: Contents, mapped: Mapped): Recognised {
  const used = placesOf(contents.used ?? []);
  const inTree = contents.tree ? leaves(contents.tree) : [];
  const entries = [...(contents.entries ?? []), ...inTree].filter(({ shell, holder, at }) => {
    const place = shell ?? { holder, at };
    return !used.get(place.holder)?.has(String(place.at));
  });
  const { fields, taken } = claim(entries, mapped);
  const senderId = mapped.senderId ?? facts.senderId;
  const everything = attributesOf(contents, entries, taken);
  const attributes = senderId === undefined ? arrivalsToTop(everything) : everything;
  const arrivalKeys = Object.keys(attributes).filter(
    (key) => facts.arrivals?.includes(key) || isArrival(key.slice(key.lastIndexOf(".") + 1)),
  );
  const email = facts.isIncomplete ? undefined : fields.get("email");
  const occurredAt = mapped.fields.get("occurredAt") ?? facts.occurredAt ?? fields.get("occurredAt");
  const utm: Utm = Object.fromEntries(UTM_FIELDS.flatMap((name) => pairOf(name, fields.get(`utm.${name}`))));
  return Object.fromEntries([
    ["sender", facts.sender],
    ...pairOf("email", email),
    ...["fullName" as const, ...TEXT_FIELDS, "consent" as const].flatMap((name) => pairOf(name, fields.get(name))),
    ...pairOf("occurredAt", occurredAt),
    ...pairOf("utm", Object.keys(utm).length > 0 ? utm : undefined),
    ["attributes", attributes],
    ...pairOf("arrivalKeys", arrivalKeys.length > 0 ? arrivalKeys : undefined),
    ...pairOf("senderId", senderId),
    ...pairOf("test", facts.test || undefined),
    ...pairOf("missing", email === undefined ? facts.missing : undefined),
    ...pairOf("event", facts.event),
  ]) as unknown as Recognised;
}

function pairOf<T>(name: string, value: T | undefined): [string, T][] {
  return value === undefined ? [] : [[name, value]];
}

function attributesOf(contents: Contents, entries: readonly Entry[], taken: ReadonlySet<Entry>): JsonObject {
  const kept = new Map<string, Json>();
  const gone = entries.filter((entry) => taken.has(entry) || entry.isHoisted);
  const places = placesOf([...gone.map((entry) => entry.shell ?? entry), ...(contents.used ?? [])]);
  const pruned = contents.tree ? prune(contents.tree, places) : undefined;
  const nested = isObject(pruned) && Object.hasOwn(pruned, "attributes") ? pruned.attributes : undefined;
  const top = Object.entries(pruned ?? {}).filter(([key]) => key !== "attributes" || !isObject(nested));
  for (const [key, value] of top) kept.set(key, value);
  for (const [key, value] of Object.entries(isObject(nested) ? nested : {})) keep(kept, key, value);
  for (const entry of entries) if (entry.isHoisted && !taken.has(entry)) keep(kept, entry.key, entry.value);
  for (const [key, value] of Object.entries(contents.rest ?? {})) if (value !== null) keep(kept, key, value);
  kept.delete("google_key");
  return Object.fromEntries(kept);
}

/** Two values of one name are both kept, the second under a numbered one. */
function keep(kept: Map<string, Json>, key: string, value: Json): void {
  let name = key;
  for (let count = 2; kept.has(name) && kept.get(name) !== value; count += 1) name = `${key} (${count})`;
  kept.set(name, value);
}

/**
 * Nested times of arrival, moved to the top under their dotted path: there they can be left out of the content, so that
 * a second sending is known for one. Not needed where the sender gives each submission an id.
 */
function arrivalsToTop(attributes: JsonObject): JsonObject {
  const moved: [string, Json][] = [];
  const rest = Object.entries(attributes).flatMap(([key, value]): [string, Json][] => {
    const kept = isObject(value) ? withoutArrivals(value, key, 0, moved) : value;
    return kept === undefined ? [] : [[key, kept]];
  });
  const names = new Set(rest.map(([key]) => key));
  return moved.length > 0 && moved.every(([key]) => !names.has(key))
    ? Object.fromEntries([...rest, ...moved])
    : attributes;
}

function withoutArrivals(
  node: JsonObject,
  path: string,
  depth: number,
  moved: [string, Json][],
): JsonObject | undefined {
  const kept = Object.entries(node).flatMap(([key, value]): [string, Json][] => {
    const inner = `${path}.${key}`;
    if (isArrival(key) && !isObject(value)) {
      moved.push([inner, value]);
      return [];
    }
    const rest = isObject(value) && depth < 6 ? withoutArrivals(value, inner, depth + 1, moved) : value;
    return rest === undefined ? [] : [[key, rest]];
  });
  return kept.length > 0 ? Object.fromEntries(kept) : undefined;
}

function isArrival(name: string): boolean {
  return name.length < 100 && ARRIVALS.has(compact(name));
}
