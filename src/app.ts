import { type KeyObject, randomBytes } from "node:crypto";
import type { Express } from "express";
import { type Clock, systemClock } from "./base/clock.ts";
import { LeadgateError } from "./base/errors.ts";
import type { Log } from "./base/log.ts";
import type { Settings } from "./base/settings.ts";
import { createAccept } from "./flow/accept.ts";
import { createCoalesce } from "./flow/coalesce.ts";
import { createConfirm } from "./flow/confirm.ts";
import { createEraseLead } from "./flow/erase-lead.ts";
import { createExport } from "./flow/export.ts";
import { createGauges } from "./flow/gauges.ts";
import { createHooking, type Hooking } from "./flow/hooking.ts";
import { createKeys } from "./flow/keys.ts";
import { createLinks } from "./flow/links.ts";
import { type Loaded, loadConfiguration } from "./flow/load-configuration.ts";
import { createMailing, type Mailing } from "./flow/mailing.ts";
import { createPatchLead } from "./flow/patch-lead.ts";
import { createQuarantine } from "./flow/quarantine.ts";
import { createQuery } from "./flow/query.ts";
import { createRecordEvents } from "./flow/record-events.ts";
import { createRequeue } from "./flow/requeue.ts";
import { createSetAside } from "./flow/set-aside.ts";
import { createTestSend } from "./flow/test-send.ts";
import { createUnsubscribe } from "./flow/unsubscribe.ts";
import type { Resolve } from "./hook/target.ts";
import { type Listening, listen } from "./http/listen.ts";
import { createMetrics } from "./http/metrics.ts";
import { createHttpApp } from "./http/server.ts";
import { parseEventPublicKey } from "./mail/event-signature.ts";
import type { Mailer } from "./mail/mailer.ts";
import { type Database, openDatabase, ping } from "./store/client.ts";
import { setOnce } from "./store/instance.ts";
import type { MailPause } from "./store/mail-pauses.ts";
import { createRateLimiter, pruneRateLimits } from "./store/rate-limits.ts";
import { withDatabase } from "./store/transaction.ts";
import { startWorker, type Worker } from "./worker/loop.ts";

/** A running instance, all of its parts put together. */
export interface App {
  readonly http: Express;
  readonly database: Database;
  /** The administrator's key, on the very first start of a database without `LEADGATE_ADMIN_KEY`. */
  readonly firstKey: string | undefined;
  /** Settles every follow-up that is due now. */
  deliverDue(): Promise<void>;
  /** Forgets what was kept for a time that is over. */
  prune(): Promise<void>;
  /** Tells the hooks everything they are to be told now. */
  sendHooks(): Promise<void>;
  /** Reads the configuration file and the templates anew; throws and keeps the old ones when they have a fault. */
  reload(): Promise<void>;
  /** Takes traffic and does the background work, as far as `ROLE` says; tells where, when it takes traffic. */
  start(): Promise<string | undefined>;
  /** Lets what is under way end within `SHUTDOWN_GRACE_MS`, then closes the database. */
  stop(): Promise<void>;
}

export interface AppOptions {
  readonly settings: Settings;
  /** The environment, for `${NAME}` in the configuration file. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock?: Clock;
  /** An open database to use instead of the one the settings name; closed with the app. */
  readonly database?: Database;
  /** How the names of hooks are resolved, where it is not as the operating system does. */
  readonly resolve?: Resolve | undefined;
  /** How much longer than a call can take its lease lasts; for tests. */
  readonly leaseMarginMs?: number;
}

/** Calls to the mail provider under way at once at most, for each process. */
const MAIL_CONCURRENCY = 16;

/**
 * Puts an instance together: the one place that knows every part.
 *
 * @throws LeadgateError `bad-setting` or `locked` when it can't start.
 */
export async function createApp({
  settings,
  environment,
  log,
  clock = systemClock,
  ...options
}: AppOptions): Promise<App> {
  const loaded = await loadConfiguration(settings, environment);
  const eventKey = settings.SENDGRID_EVENT_PUBLIC_KEY;
  const eventPublicKey = eventKey === undefined ? undefined : parseEventPublicKey(eventKey);
  const onIdleError = (error: Error) => log.warn({ err: error }, "a database connection broke; it is replaced");
  const place = { url: settings.DATABASE_URL, dataDirectory: settings.DATA_DIR, poolSize: settings.DATABASE_POOL };
  const database = options.database ?? (await openDatabase({ ...place, onIdleError }));
  try {
    const { leaseMarginMs, resolve } = options;
    return await assemble({
      settings,
      environment,
      log,
      clock,
      database,
      loaded,
      eventPublicKey,
      leaseMarginMs,
      resolve,
    });
  } catch (error) {
    await database.close();
    throw error;
  }
}

interface Parts {
  readonly settings: Settings;
  readonly log: Log;
  readonly clock: Clock;
  readonly database: Database;
  readonly environment: AppOptions["environment"];
  readonly loaded: Loaded;
  readonly eventPublicKey: KeyObject | undefined;
  readonly leaseMarginMs: number | undefined;
  readonly resolve: Resolve | undefined;
}

async function assemble({ settings, environment, log, clock, database, ...parts }: Parts): Promise<App> {
  let { loaded } = parts;
  let listening: Listening | undefined;
  let worker: Worker | undefined;
  const publicUrl = () => settings.PUBLIC_URL ?? listening?.url ?? `http://${settings.HOST}:${settings.PORT}`;
  const secret = await setOnce(database.prisma, "link-secret", randomBytes(32).toString("base64url"));
  const secretBytes = Buffer.from(secret.value, "base64url");
  const links = createLinks(secretBytes, publicUrl);
  const rules = () => loaded.configuration.rules;
  const onQueued = () => worker?.wake();
  const fold = () => loaded.configuration.email;
  const formsHeld = () => (settings.MAIL_MODE === "live" && !loaded.configuration.sources ? FORMS_HELD : undefined);
  const accept = createAccept({ database, clock, rules, formsHeld, onQueued });
  const keys = createKeys({ database, clock, adminKey: settings.LEADGATE_ADMIN_KEY });
  const mailer = await mailerFor(settings);
  const mailing = createMailing({
    database,
    clock,
    log,
    rules,
    links,
    publicUrl,
    templates: () => loaded.templates,
    mode: settings.MAIL_MODE,
    mailer,
    from: settings.MAIL_FROM ?? "",
    concurrency: MAIL_CONCURRENCY,
    formMailMaxPerHour: settings.FORM_MAIL_MAX_PER_HOUR,
    recipientSecret: secretBytes,
    leaseMarginMs: parts.leaseMarginMs,
    postalAddress: settings.MAIL_POSTAL_ADDRESS,
  });
  const allowPrivate = settings.HOOKS_ALLOW_PRIVATE;
  const hooking = createHooking({ database, clock, log, onQueued, allowPrivate, resolve: parts.resolve });
  const configuration = () => loaded.configuration;
  const metrics = createMetrics({ gauges: createGauges({ database, clock }), configuration });
  const http = createHttpApp({
    log,
    metrics,
    countIntake: metrics.countIntake,
    keys,
    hooks: hooking.hooks,
    publicUrl,
    accept,
    acceptOne: createCoalesce(accept),
    setAside: createSetAside({ database, clock }),
    configuration,
    bodyLimitBytes: settings.BODY_LIMIT,
    limitForms: formLimiter(database, settings.FORM_RATE_LIMIT),
    now: () => clock.now(),
    query: createQuery({ database }),
    quarantine: createQuarantine({ database, clock }),
    exports: createExport({ database }),
    patchLead: createPatchLead({ database, clock, fold, onQueued }),
    eraseLead: createEraseLead({ database, clock, fold }),
    recordEvents: createRecordEvents({ database, clock }),
    eventPublicKey: parts.eventPublicKey,
    requeue: createRequeue({ database, clock, onQueued }),
    testSend: createTestSend({
      ...{ templates: () => loaded.templates, links, publicUrl, mailer, mode: settings.MAIL_MODE },
      ...{ from: settings.MAIL_FROM ?? "", postalAddress: settings.MAIL_POSTAL_ADDRESS },
    }),
    unsubscribe: createUnsubscribe({ database, clock, links }),
    confirm: createConfirm({ database, accept, links }),
    readiness: () => readiness(database, mailing),
    trustProxy: settings.TRUST_PROXY,
  });
  const jobs = [
    { name: "deliver", run: mailing.run, restMs: 1_000 },
    { name: "leases", run: mailing.expireLeases, restMs: 5_000 },
    { name: "hooks", run: hooking.run, restMs: 1_000 },
    { name: "prune", run: async () => ({ more: await prune(database, clock, hooking) }), restMs: 600_000 },
  ];
  return {
    http,
    database,
    firstKey: settings.LEADGATE_ADMIN_KEY === undefined ? await keys.createFirst() : undefined,
    deliverDue: mailing.deliverDue,
    sendHooks: hooking.sendDue,
    prune: async () => void (await prune(database, clock, hooking)),
    reload: async () => {
      loaded = await loadConfiguration(settings, environment);
    },
    start: async () => {
      if (settings.ROLE !== "worker") {
        listening = await listen(http, settings.HOST, settings.PORT);
      }
      if (settings.ROLE !== "api") worker = startWorker(jobs, log);
      return listening?.url;
    },
    stop: async () => {
      await Promise.all([listening?.stop(settings.SHUTDOWN_GRACE_MS), mailing.stop()]);
      await worker?.stop();
      await hooking.idle();
      await database.close();
    },
  };
}

async function prune(database: Database, clock: Clock, hooking: Hooking): Promise<false> {
  await hooking.prune();
  await pruneRateLimits(database, clock.now());
  return false;
}

function formLimiter(database: Database, perMinute: number): (caller: string) => Promise<number | undefined> {
  if (perMinute === 0) return async () => undefined;
  const limiter = createRateLimiter(database, "form", perMinute);
  return (caller) => limiter.consume(caller);
}

/** Leads are taken while no mail can be sent, so that a paused sender is told but takes no process out of service. */
async function readiness(database: Database, mailing: Mailing): Promise<{ ready: boolean; reasons: string[] }> {
  try {
    await withDatabase(() => ping(database));
    const pause = await mailing.pause();
    return { ready: true, reasons: pause === null ? [] : [toldPause(pause)] };
  } catch (error) {
    if (error instanceof LeadgateError) return { ready: false, reasons: ["the database can't be reached"] };
    throw error;
  }
}

function toldPause({ reason, since, probeAt }: MailPause): string {
  const times = `since ${since.toISOString()}, next try after ${probeAt.toISOString()}`;
  return `mail is paused (${times}): ${reason}; check SENDGRID_API_KEY and the account`;
}

/** Anybody can fill in a form with anybody's address: until the owner names the forms, they mail nobody. */
const FORMS_HELD = "in live mode forms queue no mail until `sources` of the configuration names them";

async function mailerFor(settings: Settings): Promise<Mailer | undefined> {
  const { MAIL_MODE: mode, SENDGRID_API_KEY: apiKey } = settings;
  if ((mode !== "live" && mode !== "sandbox") || apiKey === undefined) return undefined;
  // Loaded when it is wanted: its client takes a tenth of a second that every other start can do without.
  const { createSendGridMailer } = await import("./mail/sendgrid.ts");
  return createSendGridMailer({
    apiKey,
    baseUrl: settings.SENDGRID_BASE_URL,
    timeoutMs: settings.SENDGRID_TIMEOUT_MS,
    sandbox: mode === "sandbox",
    // Room for connections that are just being closed: a call that waits for one could outlive its lease unwritten.
    connections: 2 * MAIL_CONCURRENCY,
  });
}
