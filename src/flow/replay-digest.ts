import { createHash } from "node:crypto";
import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { linesIn } from "../base/lines.ts";
import { canonicalJson } from "../lead/canonical-json.ts";
import type { Json, JsonObject } from "../lead/types.ts";
import type { ReadOnlySession } from "../store/read-only.ts";
import { type LeadLine, readLeadLines } from "../store/stored-intake.ts";

/** What a database came to, in a form that two databases can be held against each other by. */
export interface StateDump {
  /** A line of JSON for each lead, sorted by address. */
  readonly file: string;
  readonly leads: number;
  readonly messages: number;
  /** SHA-256 of all that leads say and of which mails they have; of no id and no time. */
  readonly digest: string;
  /** People stored twice, and mails asked for twice: what must never be, whatever other runs say. */
  readonly doubles: readonly Difference[];
}

export interface Difference {
  readonly email: string;
  /** What about it, in words. */
  readonly why: string;
}

/** Differences told at most; there may be as many as leads. */
const MOST = 1_000;

/** Writes down what a database holds. */
export async function dumpState(session: ReadOnlySession, file: string): Promise<StateDump> {
  const hash = createHash("sha256");
  const out = createWriteStream(file);
  const doubles: Difference[] = [];
  let leads = 0;
  let messages = 0;
  let last: LeadLine | undefined;
  for await (const lead of readLeadLines(session)) {
    const line = `${lineOf(lead)}\n`;
    hash.update(line);
    if (!out.write(line)) await once(out, "drain");
    leads += 1;
    messages += lead.templates.length;
    if (doubles.length < MOST) doubles.push(...doublesOf(lead, last));
    last = lead;
  }
  out.end();
  await once(out, "finish");
  return { file, leads, messages, digest: hash.digest("hex"), doubles };
}

function lineOf({ email, said, templates }: LeadLine): string {
  return canonicalJson({ email, said, templates: [...templates] });
}

function doublesOf({ email, templates }: LeadLine, last: LeadLine | undefined): Difference[] {
  const times = new Map<string, number>();
  for (const template of templates) times.set(template, (times.get(template) ?? 0) + 1);
  const mails = [...times].filter(([, count]) => count > 1);
  return [
    ...mails.map(([template, count]) => ({ email, why: `mail ${template} is there ${count} times` })),
    ...(last?.email === email ? [{ email, why: "stored more than once" }] : []),
  ];
}

/** Holds two dumps against each other, in step, since both are sorted. */
export async function compareStates(
  one: StateDump,
  other: StateDump,
  names: readonly [string, string],
): Promise<Difference[]> {
  if (one.digest === other.digest) return [];
  const differences: Difference[] = [];
  const left = linesOf(one.file);
  const right = linesOf(other.file);
  let a = await left.next();
  let b = await right.next();
  while ((!a.done || !b.done) && differences.length < MOST) {
    const order = a.done ? 1 : b.done ? -1 : compareBytes(a.value.email, b.value.email);
    const email = order <= 0 ? a.value!.email : b.value!.email;
    if (order !== 0) differences.push({ email, why: `only in "${names[order < 0 ? 0 : 1]}"` });
    else differences.push(...differenceBetween(a.value!, b.value!, names[1]));
    if (order <= 0) a = await left.next();
    if (order >= 0) b = await right.next();
  }
  await Promise.all([left.return(undefined), right.return(undefined)]);
  return differences;
}

async function* linesOf(file: string): AsyncGenerator<LeadLine, undefined> {
  for await (const line of linesIn(createReadStream(file, "utf8") as AsyncIterable<string>)) {
    yield JSON.parse(line) as LeadLine;
  }
  return undefined;
}

function differenceBetween(one: LeadLine, other: LeadLine, name: string): Difference[] {
  if (lineOf(one) === lineOf(other)) return [];
  const fields = Object.keys({ ...one.said, ...other.said }).filter((field) => differ(one.said, other.said, field));
  const mails = canonicalJson([...one.templates]) !== canonicalJson([...other.templates]) ? ["mails"] : [];
  return [{ email: one.email, why: `${[...fields, ...mails].join(", ")} differ in "${name}"` }];
}

function differ(one: JsonObject, other: JsonObject, field: string): boolean {
  return canonicalJson((one[field] ?? null) as Json) !== canonicalJson((other[field] ?? null) as Json);
}

/** The order of PostgreSQL's collation "C" in a UTF-8 database. */
function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
