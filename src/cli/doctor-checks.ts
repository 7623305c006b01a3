import { existsSync, statfsSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { Settings } from "../base/settings.ts";
import type { Configuration } from "../flow/configuration.ts";
import { foldEmail } from "../lead/email.ts";
import type { EmailKey } from "../lead/types.ts";
import { readMigrations } from "../store/migrate.ts";
import type { ReadOnlySession } from "../store/read-only.ts";
import {
  checkMigrations,
  findLeftScratches,
  readEmails,
  readVitalSigns,
  type VitalSigns,
} from "../store/vital-signs.ts";
import { counted } from "./console.ts";

/** What a check came to. With a `mend` it is a finding. */
export interface Checked {
  readonly check: string;
  readonly told: string;
  readonly mend?: string;
}

const QUEUE_LATE_MS = 10 * 60_000;
const CLOCK_SKEW_MS = 5_000;
const LEAST_FREE_BYTES = 1 << 30;

/** Settings and configuration, as far as each alone is right but they are not together. */
export function checkMail(settings: Settings, configuration: Configuration): Checked[] {
  const mode = settings.MAIL_MODE;
  const told = { preview: "preview: rendered and kept, nobody gets mail", shadow: "shadow: decided and recorded only" };
  if (mode === "preview" || mode === "shadow") return [{ check: "mail", told: told[mode] }];
  const findings: Checked[] = [{ check: "mail", told: `${mode}, from ${settings.MAIL_FROM}` }];
  const find = (what: string, mend: string) => findings.push({ check: "mail", told: what, mend });
  if (settings.MAIL_POSTAL_ADDRESS === undefined) {
    find("mails have no postal address in their footer, which many countries ask for", "Set MAIL_POSTAL_ADDRESS.");
  }
  if (mode === "live" && settings.SENDGRID_EVENT_PUBLIC_KEY === undefined) {
    find(
      "bounces, unsubscribes and the fate of uncertain mail never come back",
      "Turn on SendGrid's signed event webhook to PUBLIC_URL/sendgrid/events and set SENDGRID_EVENT_PUBLIC_KEY.",
    );
  }
  if (mode === "live" && configuration.sources === undefined) {
    find(
      "forms queue no mail, since no source is named",
      "Name the sources under `sources` in the configuration file.",
    );
  }
  return findings;
}

export function checkDisk(settings: Settings): Checked {
  const place = nearestExisting(resolve(settings.DATA_DIR));
  const { bavail, blocks, bsize } = statfsSync(place);
  const free = bavail * bsize;
  const told = `${(free / 2 ** 30).toFixed(1)} GB free of ${((blocks * bsize) / 2 ** 30).toFixed(1)} GB at ${place}`;
  const mend = "Make room, or move DATA_DIR to a larger disk: a full disk stops the intake.";
  return { check: "disk", told, ...(free < LEAST_FREE_BYTES && { mend }) };
}

function nearestExisting(path: string): string {
  return existsSync(path) ? path : nearestExisting(dirname(path));
}

/** Everything a database can tell by reading. */
export async function checkDatabase(session: ReadOnlySession, configuration: Configuration): Promise<Checked[]> {
  const { pending, broken } = await checkMigrations(session, readMigrations());
  const restore = "Restore the migration's file from the release you run, or the database from a backup.";
  if (broken.length > 0)
    return [{ check: "migrations", told: `edited or unfinished: ${broken.join(", ")}`, mend: restore }];
  if (pending.length > 0) {
    const mend = "Run `leadgate migrate`; `leadgate serve` does it by itself.";
    return [{ check: "migrations", told: `not applied: ${pending.join(", ")}`, mend }];
  }
  const before = Date.now();
  const signs = await readVitalSigns(session);
  const here = (before + Date.now()) / 2;
  return [
    { check: "migrations", told: "up to date" },
    checkClock(signs.now.getTime() - here),
    ...checkOutbox(signs),
    ...(await checkScratches(session)),
    ...(await checkFolds(session, configuration)),
  ];
}

function checkClock(aheadMs: number): Checked {
  const seconds = (Math.abs(aheadMs) / 1_000).toFixed(1);
  const told = `the database's clock is ${seconds} s ${aheadMs >= 0 ? "ahead" : "behind"}`;
  const mend = "Synchronise both clocks (NTP): what a submission's time counts for depends on them.";
  return { check: "clock", told, ...(Math.abs(aheadMs) > CLOCK_SKEW_MS && { mend }) };
}

function checkOutbox({ now, dueSince, uncertain, failed, pauses }: VitalSigns): Checked[] {
  const lateMs = dueSince === null ? 0 : now.getTime() - dueSince.getTime();
  const late = `mail has been due since ${dueSince?.toISOString()}`;
  const worker = "See that a process with ROLE all or worker runs, and what its log says.";
  const findings: Checked[] = [
    lateMs > QUEUE_LATE_MS
      ? { check: "queue", told: late, mend: worker }
      : { check: "queue", told: "nothing is overdue" },
  ];
  for (const { provider, reason, since } of pauses) {
    const told = `${provider} takes no mail since ${since.toISOString()}: ${reason}`;
    findings.push({ check: "sender", told, mend: "Mend the key or the credits; it is tried again every 5 minutes." });
  }
  if (uncertain > 0) {
    const mend =
      "Look them up at SendGrid, or wait for its events. `leadgate requeue --status uncertain --accept-duplicate` sends them again.";
    findings.push({
      check: "uncertain",
      told: `of ${counted(uncertain, "mail")} it is not known whether it was sent`,
      mend,
    });
  }
  if (failed > 0) {
    const mend = "GET /v1/messages?status=failed tells why; then `leadgate requeue --status failed`.";
    findings.push({ check: "failed", told: `${counted(failed, "mail")} failed`, mend });
  }
  return findings;
}

async function checkScratches(session: ReadOnlySession): Promise<Checked[]> {
  const left = await findLeftScratches(session);
  const mend = left.map((name) => `DROP DATABASE ${name};`).join(" ");
  return left.length === 0
    ? []
    : [{ check: "scratch", told: `a replay that was killed left ${left.join(", ")}`, mend }];
}

/** People told by name at most. */
const MOST_NAMED = 20;

/** Leads that are one person by what the configuration folds, or would be if it folded all it can. */
async function checkFolds(session: ReadOnlySession, { email: fold }: Configuration): Promise<Checked[]> {
  const now = new Map<string, string[]>();
  const all = new Map<string, string[]>();
  for await (const email of readEmails(session)) {
    add(now, foldEmail(email as EmailKey, fold), email);
    add(all, foldEmail(email as EmailKey, { foldPlus: true, foldGmailDots: true }), email);
  }
  const apart = groups(now);
  const would = groups(all);
  const mend = "They stay apart until you erase or merge one by hand; or take the fold back out of the configuration.";
  const found: Checked = { check: "fold", told: `stored apart though \`email\` folds them: ${named(apart)}`, mend };
  const note: Checked = {
    check: "fold",
    told: `foldPlus and foldGmailDots together would make one of: ${named(would)}`,
  };
  return [...(apart.length > 0 ? [found] : []), ...(would.length > apart.length ? [note] : [])];
}

function add(groups: Map<string, string[]>, key: string, email: string): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [email]);
  else group.push(email);
}

function groups(all: ReadonlyMap<string, string[]>): string[][] {
  return [...all.values()].filter((group) => group.length > 1);
}

function named(groups: readonly string[][]): string {
  const told = groups.slice(0, MOST_NAMED).map((group) => group.join(" and "));
  const more = groups.length - told.length;
  return told.join("; ") + (more > 0 ? `; and ${more} more` : "");
}
