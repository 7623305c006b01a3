import { compact, isSomebodyElse, isWrapper, matchJoined, matchLabel } from "../labels.ts";
import type { CanonicalField, Json } from "../types.ts";
import { isAddress, sameAddress } from "./address.ts";
import { accept, type Fields } from "./fields.ts";
import type { Mapped } from "./mapped.ts";
import { isBlank, text } from "./read.ts";

/** One value with every name it goes by. */
export interface Entry {
  /** The name under which it is kept when no field claims it. */
  readonly key: string;
  readonly value: Json;
  /** Where it stood, from the outside in, the name itself last. */
  readonly path: readonly string[];
  /** Other names of the same value, tried after the path. */
  readonly aliases?: readonly string[];
  /** The field, where the sender says so by a type of its own. */
  readonly field?: CanonicalField | undefined;
  /** The object or array it was read from, and its place there. */
  readonly holder: object;
  readonly at: string | number;
  /** What goes from the tree with it, where the value alone would leave an empty shell. */
  readonly shell?: Pick<Entry, "holder" | "at">;
  /** It is kept under `key`, not in the structure it was found in. */
  readonly isHoisted?: boolean;
}

interface Candidate {
  readonly entry: Entry;
  readonly field: CanonicalField;
  /** The smaller the surer. */
  readonly score: number;
  readonly value: string | boolean | Date;
}

/** Less sure than any name, as sure as each other: addresses that only their type tells. */
const BY_TYPE = 600;
const UNKNOWN_CONTAINER = 2000;
/** Names under which an object holds the value that its own name announces: `phone: { full: … }`. */
const WHOLE = new Set(["full", "value", "raw", "number", "text", "formatted", "international"]);
/** Short names that mean the half of a name which its partner does not: "Name" beside "Vorname", "Nombre" beside "Apellidos". */
const HALVES = new Map<string, { readonly field: "firstName" | "lastName"; readonly partner: RegExp }>(
  Object.entries({
    name: { field: "lastName", partner: /^vorname/ },
    nom: { field: "lastName", partner: /^prenom/ },
    naam: { field: "lastName", partner: /^(voornaam|roepnaam)/ },
    nombre: { field: "firstName", partner: /^(primer)?apellido/ },
    nome: { field: "firstName", partner: /^(cognome|sobrenome|apelido)/ },
  }),
);

/** Decides which value each canonical field gets; the mapping's come first. Entries that no field took stay attributes. */
export function claim(entries: readonly Entry[], mapped: Mapped): { fields: Fields; taken: Set<Entry> } {
  const taken = new Set(entries.filter((entry) => mapped.isTaken(entry.holder, entry.at)));
  const fields: Fields = new Map(mapped.fields);
  const open = entries.filter((entry) => !taken.has(entry));
  const candidates = open.flatMap((entry) => candidate(entry, taken) ?? []);
  const address = fields.has("email") ? undefined : findAddress(candidates, open);
  if (address) take(address, fields, taken);
  const home =
    address && address.entry.path.length > 1 ? JSON.stringify(address.entry.path.slice(0, -1)).slice(0, -1) : undefined;
  const reachable = candidates
    .filter((one) => one.field !== "email")
    .map((one) =>
      one.score >= UNKNOWN_CONTAINER && isAtHome(one.entry, home) ? { ...one, score: one.score - 900 } : one,
    )
    .filter((one) => one.score < UNKNOWN_CONTAINER)
    .sort((a, b) => a.score - b.score);
  for (const one of withHalves(reachable)) if (!fields.has(one.field)) take(one, fields, taken);
  return { fields, taken };
}

function take(one: Candidate, fields: Fields, taken: Set<Entry>): void {
  fields.set(one.field, one.value);
  taken.add(one.entry);
}

/** The field an entry speaks of. A blank one is as good as not sent, so it is marked as taken. */
function candidate(entry: Entry, taken: Set<Entry>): Candidate | undefined {
  const match = entry.field ? typed(entry, entry.field) : bestMatch(entry);
  if (!match || entry.path.some(isSomebodyElse) || entry.aliases?.some(isSomebodyElse)) return undefined;
  if (isBlank(entry.value)) taken.add(entry);
  const value = accept(match.field, entry.value);
  return value === undefined ? undefined : { entry, value, ...match };
}

/** A sender's own type settles it, save that of several addresses the one is surer whose label says so too. */
function typed(entry: Entry, field: CanonicalField): { field: CanonicalField; score: number } {
  const named = bestMatch(entry);
  if (field !== "email") return { field, score: -1 };
  return named?.field === "email" ? named : { field, score: BY_TYPE + container(entry.path.slice(0, -1), field) };
}

function bestMatch(entry: Entry): { field: CanonicalField; score: number } | undefined {
  const { path } = entry;
  const leaf = path.at(-1) ?? "";
  for (const length of [3, 2]) {
    const joined = path.length >= length ? matchJoined(path.slice(-length)) : undefined;
    if (joined) return { field: joined.field, score: joined.rank + container(path.slice(0, -length), joined.field) };
  }
  const around = path.slice(0, -1);
  const named = around.findLastIndex((name) => !/^\d+$/.test(name));
  const whole = WHOLE.has(compact(leaf)) ? matchLabel(around[named] ?? "") : undefined;
  if (whole) return { field: whole.field, score: whole.rank + container(around.slice(0, named), whole.field) };
  for (const name of [leaf, ...(entry.aliases ?? [])]) {
    const match = matchLabel(name);
    if (match) return { field: match.field, score: match.rank + container(around, match.field) };
  }
  return undefined;
}

/** How much less sure a name is for the containers around it. */
function container(around: readonly string[], field: CanonicalField): number {
  if (around.length === 0) return 0;
  if (around[0] === "attributes") return UNKNOWN_CONTAINER;
  return field.startsWith("utm.") || around.every(isWrapper) ? 1000 : UNKNOWN_CONTAINER;
}

function isAtHome(entry: Entry, home: string | undefined): boolean {
  return home !== undefined && JSON.stringify(entry.path).startsWith(`${home},`);
}

/**
 * The lead's address: a named one, else the only one there is. Where several differing ones are equally likely there is
 * none, for a mail to the wrong person is worse than a submission in quarantine.
 */
function findAddress(candidates: readonly Candidate[], open: readonly Entry[]): Candidate | undefined {
  const named = candidates.filter((one) => one.field === "email").sort((a, b) => a.score - b.score);
  const plausible = named.filter((one) => isAddress(String(one.value)));
  const [first] = plausible.length > 0 ? plausible : named;
  if (first) {
    const rivals = plausible.filter((one) => isRival(one, first) && !isSame(one, first));
    return rivals.length > 0 ? undefined : first;
  }
  const found = open.flatMap((entry): Candidate[] => {
    const value = text(entry.value);
    if (value === undefined || !isAddress(value)) return [];
    if (entry.path.some(isSomebodyElse) || entry.aliases?.some(isSomebodyElse)) return [];
    return [{ entry, field: "email", score: 0, value }];
  });
  return found[0] && found.every((one) => isSame(one, found[0])) ? found[0] : undefined;
}

function isRival(one: Candidate, first: Candidate): boolean {
  return first.score >= UNKNOWN_CONTAINER || (first.score >= BY_TYPE && one.score === first.score);
}

function isSame(one: Candidate, other: Candidate | undefined): boolean {
  return sameAddress(String(one.value)) === sameAddress(String(other?.value));
}

function withHalves(sorted: readonly Candidate[]): Candidate[] {
  const labels = sorted.map((one) => (one.field === "firstName" || one.field === "lastName" ? nameOf(one) : ""));
  return sorted.map((one) => {
    const half = one.field === "fullName" ? HALVES.get(nameOf(one)) : undefined;
    return half && labels.some((label) => half.partner.test(label)) ? { ...one, field: half.field } : one;
  });
}

function nameOf(one: Candidate): string {
  return compact(one.entry.path.at(-1) ?? "");
}
