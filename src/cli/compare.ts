import { Command } from "commander";
import { linesIn } from "../base/lines.ts";
import type { EmailFold } from "../lead/email.ts";
import { foldEmail, toEmailKey } from "../lead/email.ts";
import type { EmailKey } from "../lead/types.ts";
import { type Client, type ConnectionOptions, connect, withConnection } from "./client.ts";
import { comparable, type FileThere, isDuplicated, type PersonThere, readFileThere } from "./compare-file.ts";
import { type Console, count, counted, createConsole } from "./console.ts";
import { pagesOf } from "./lists.ts";

interface CompareOptions extends ConnectionOptions {
  readonly json?: boolean;
  readonly map: readonly string[];
  readonly foldPlus?: boolean;
  readonly foldGmailDots?: boolean;
}

interface Mail {
  readonly email: string;
  readonly template: string;
}

type Differing = { email: string; fields: Record<string, { here: string | null; there: string }> };

/** What two systems make of the same people. */
interface Comparison {
  readonly leads: {
    both: number;
    onlyHere: string[];
    onlyThere: string[];
    duplicatedThere: string[];
    differing: Differing[];
  };
  readonly messages: { both: number; onlyHere: Mail[]; onlyThere: Mail[] };
}

/** Mails in these states were not sent and would not have been. */
const NO_MAIL = new Set(["suppressed", "cancelled", "failed"]);
/** Told for each list; --json has all. */
const MOST_TOLD = 10;

export function compareCommand(): Command {
  return withConnection(new Command("compare"))
    .description("hold leads and mails against an export of what runs beside this service")
    .argument("<file>", "CSV with the e-mail and any canonical names; `template` and `sentAt` make a row a mail")
    .option("--map <field=header>", "say which column a field is in; may be given often", collect, [])
    .option("--fold-plus", "as `email.foldPlus` of the configuration")
    .option("--fold-gmail-dots", "as `email.foldGmailDots` of the configuration")
    .addHelpText(
      "after",
      `
Exports of HubSpot, Pipedrive and Mailchimp are taken as they are. A field that is empty there is not compared. Ends
with 1 when anything differs. docs/trial.md tells of the two weeks' trial that this is made for.

Examples:
  $ leadgate compare hubspot-crm-exports-all-contacts.csv
  $ leadgate compare sent.csv --map email=Recipient --json`,
    )
    .action(runCompare);
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}

async function runCompare(path: string, options: CompareOptions): Promise<void> {
  const told = createConsole(options);
  const fold = { foldPlus: options.foldPlus ?? false, foldGmailDots: options.foldGmailDots ?? false };
  const there = await readFileThere(path, options.map, fold);
  const { comparison, emails } = await compareLeads(connect(options), there, fold);
  if (there.hasMails) await compareMails(connect(options), there, emails, comparison);
  tell(told, there, comparison);
  const { leads, messages } = comparison;
  const lists = [
    leads.onlyHere,
    leads.onlyThere,
    leads.duplicatedThere,
    leads.differing,
    messages.onlyHere,
    messages.onlyThere,
  ];
  if (lists.some((list) => list.length > 0)) process.exitCode = 1;
  told.result(comparison);
}

interface LeadHere {
  readonly id: string;
  readonly email: string;
  readonly emailAsGiven: string;
  readonly [field: string]: unknown;
}

/** Goes through the leads as they come; only the file is held in memory. */
async function compareLeads(client: Client, there: FileThere, fold: EmailFold) {
  const comparison: Comparison = {
    leads: { both: 0, onlyHere: [], onlyThere: [], duplicatedThere: [], differing: [] },
    messages: { both: 0, onlyHere: [], onlyThere: [] },
  };
  const { leads } = comparison;
  const emails = new Map<string, string>();
  const met = new Set<string>();
  for await (const lead of leadsOf(client)) {
    const keys = [lead.email, foldEmail(lead.email as EmailKey, fold), foldEmail(toEmailKey(lead.emailAsGiven), fold)];
    const key = keys.find((one) => there.people.has(one));
    if (there.hasMails) emails.set(lead.id, key ?? lead.email);
    if (key === undefined) {
      leads.onlyHere.push(lead.email);
      continue;
    }
    met.add(key);
    leads.both += 1;
    const fields = differences(lead, there, there.people.get(key)!);
    if (Object.keys(fields).length > 0) leads.differing.push({ email: lead.email, fields });
  }
  for (const [email, person] of there.people) {
    if (!met.has(email)) leads.onlyThere.push(email);
    if (isDuplicated(person)) leads.duplicatedThere.push(email);
  }
  for (const list of [leads.onlyHere, leads.onlyThere, leads.duplicatedThere]) list.sort();
  return { comparison, emails };
}

async function* leadsOf(client: Client): AsyncGenerator<LeadHere> {
  const response = await client.open("/v1/leads/export?format=ndjson");
  const text = response.body!.pipeThrough(new TextDecoderStream() as never) as unknown as AsyncIterable<string>;
  for await (const line of linesIn(text)) if (line !== "") yield JSON.parse(line) as LeadHere;
}

function differences(lead: LeadHere, { fields }: FileThere, person: PersonThere): Differing["fields"] {
  const found: Differing["fields"] = {};
  for (const name of fields) {
    const value = lead[name];
    const here = typeof value === "string" || typeof value === "boolean" ? comparable(value) : null;
    const said = person.fields.get(name);
    if (said !== undefined && said !== here) found[name] = { here, there: said };
  }
  return found;
}

async function compareMails(
  client: Client,
  { people }: FileThere,
  emails: ReadonlyMap<string, string>,
  { messages }: Comparison,
): Promise<void> {
  const here = new Map<string, Set<string>>();
  const list = pagesOf<{ leadId: string; template: string; status: string }>(client, "/v1/messages");
  for await (const { leadId, template, status } of list) {
    const email = emails.get(leadId);
    if (email === undefined || NO_MAIL.has(status)) continue;
    here.set(email, (here.get(email) ?? new Set()).add(template));
    const mails = people.get(email)?.mails;
    if (mails?.has(template) || mails?.has("")) messages.both += 1;
    else messages.onlyHere.push({ email, template });
  }
  for (const [email, { mails }] of people) {
    for (const template of mails.keys()) {
      const sent = here.get(email);
      if (template === "" ? sent === undefined : !sent?.has(template)) messages.onlyThere.push({ email, template });
    }
  }
  const order = (one: Mail, other: Mail) =>
    `${one.email} ${one.template}` < `${other.email} ${other.template}` ? -1 : 1;
  messages.onlyHere.sort(order);
  messages.onlyThere.sort(order);
}

function tell(told: Console, { people, unreadable, hasMails }: FileThere, { leads, messages }: Comparison): void {
  told.say(`${counted(people.size, "person", "people")} there, ${count(leads.both + leads.onlyHere.length)} here`);
  told.say(`  ${count(leads.both)} in both`);
  const list = (label: string, items: readonly string[]) => {
    if (items.length === 0) return;
    told.say(told.style.bad(`  ${count(items.length)} ${label}`));
    for (const item of items.slice(0, MOST_TOLD)) told.say(`    ${item}`);
    if (items.length > MOST_TOLD) told.say(`    … and ${count(items.length - MOST_TOLD)} more; --json names all`);
  };
  list("only here", leads.onlyHere);
  list("only there", leads.onlyThere);
  list("more than once there", leads.duplicatedThere);
  list(
    "with other values",
    leads.differing.map(({ email, fields }) => {
      const parts = Object.entries(fields).map(([name, { here, there }]) => `${name} ${here ?? "(empty)"} ≠ ${there}`);
      return `${email}: ${parts.join("; ")}`;
    }),
  );
  if (unreadable.length > 0) {
    list(
      "rows without a usable address, left out",
      unreadable.map(({ line, reason }) => `line ${line}: ${reason}`),
    );
  }
  if (!hasMails) {
    told.say("The file says nothing of mails (no column `template` or `sentAt`).");
    return;
  }
  told.say(`  ${counted(messages.both, "mail")} in both`);
  list(
    "mails only here",
    messages.onlyHere.map(({ email, template }) => `${email}: ${template}`),
  );
  list(
    "mails only there",
    messages.onlyThere.map(({ email, template }) => `${email}: ${template || "(unnamed)"}`),
  );
}
