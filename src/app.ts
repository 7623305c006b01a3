import type { KeyObject } from "node:crypto";
import type { Express } from "express";
import { type Clock, systemClock } from "./base/clock.ts";
import type { Log } from "./base/log.ts";
import type { Settings } from "./base/settings.ts";
import { createAccept } from "./flow/accept.ts";
import { type AdminSessions, createAdminSessions } from "./flow/admin-sessions.ts";
import { createConfirm } from "./flow/confirm.ts";
import { createEraseLead } from "./flow/erase-lead.ts";
import { ERASURE_KEPT_MS } from "./flow/erased-people.ts";
import { createExport } from "./flow/export.ts";
import { createGauges } from "./flow/gauges.ts";
import { createHooking, type Hooking } from "./flow/hooking.ts";
import { createKeys } from "./flow/keys.ts";
import { createLinks } from "./flow/links.ts";
import { type Loaded, loadConfiguration } from "./flow/load-configuration.ts";
import { createMailing } from "./flow/mailing.ts";
import { createOpening } from "./flow/opening.ts";
import { createOverview } from "./flow/overview.ts";
import { createPatchLead } from "./flow/patch-lead.ts";
import { createQuarantine } from "./flow/quarantine.ts";
import { createQuery } from "./flow/query.ts";
import { createReadiness } from "./flow/readiness.ts";
import { createRecordEvents } from "./flow/record-events.ts";
import { createRequeue } from "./flow/requeue.ts";
import { createSpooling } from "./flow/spooling.ts";
import { createTestSend } from "./flow/test-send.ts";
import { createUnsubscribe } from "./flow/unsubscribe.ts";
import type { Resolve } from "./hook/target.ts";
import { Live } from "./http/admin/live.ts";
import { type Listening, listen } from "./http/listen.ts";
import { createMetrics } from "./http/metrics.ts";
import { createHttpApp } from "./http/server.ts";
import { parseEventPublicKey } from "./mail/event-signature.ts";
import type { Mailer } from "./mail/mailer.ts";
import type { Database } from "./store/client.ts";
import { pruneErasures } from "./store/kept-hashes.ts";
import { openFor } from "./store/open-for.ts";
import { databaseAnswers } from "./store/probe.ts";
import { createRateLimiter, pruneRateLimits, type RateLimiter } from "./store/rate-limits.ts";
import { spoolFrom } from "./store/spool/disk-spool.ts";
import type { OpenFile } from "./store/spool/segment-writer.ts";
import { startWorker, type Worker } from "./worker/loop.ts";

/** A running instance, all of its parts put together. */
export interface App {
  readonly http: Express;
  readonly database: Database;
  /** The administrator's key, on the very first start of a database without `LEADGATE_ADMIN_KEY`. */
  readonly firstKey: Promise<string | undefined>;
  /** Settles every follow-up that is due now. */
  deliverDue(): Promise<void>;
  /** Forgets what was kept for a time that is over. */
  prune(): Promise<void>;
  /** Tells the hooks everything they are to be told now. */
  sendHooks(): Promise<void>;
  /** Takes in everything that waits in the spool now. */
  drainSpool(): Promise<void>;
  /** Reads the configuration file and the templates anew; throws and keeps the old ones when they have a fault. */
  reload(): Promise<void>;
  /** Takes traffic and does the background work, as far as `ROLE` says; tells where, when it takes traffic. */
  start(): Promise<string | undefined>;
  /**
   * Lets what is under way end within `SHUTDOWN_GRACE_MS`, then closes the database.
   *
   * @returns false when that was not to be waited for, because the database hangs: the process must be ended.
   */
  stop(): Promise<boolean>;
}

export interface AppOptions {
  readonly settings: Settings;
  /** The environment, for `${NAME}` in the configuration file. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly log: Log;
  readonly clock?: Clock;
  /** The database, open or just being opened, where it is not to be opened here; closed with the app. */
  readonly database?: Database | Promise<Database>;
  /** How the names of hooks are resolved, where it is not as the operating system does. */
  readonly resolve?: Resolve | undefined;
  /** How much longer than a call can take its lease lasts; for tests. */
  readonly leaseMarginMs?: number;
  /** How the spool opens its files, where it is not as the operating system does; for tests. */
  readonly openSpoolFile?: OpenFile | undefined;
}

/** Tries to sign in to the page for people, for each address. */
const SIGN_INS_PER_MINUTE = 10;

/** Calls to the mail provider under way at once at most, for each process. */
const MAIL_CONCURRENCY = 32;

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
  const opening = Promise.resolve(options.database ?? openFor(settings, log));
  let database: Database | undefined;
  try {
    const loaded = await loadConfiguration(settings, environment);
    const eventKey = settings.SENDGRID_EVENT_PUBLIC_KEY;
    const eventPublicKey = eventKey === undefined ? undefined : parseEventPublicKey(eventKey);
    database = await opening;
    return await assemble({ ...options, settings, environment, log, clock, database, loaded, eventPublicKey });
  } catch (error) {
    // A fault of the configuration is told although the database may have one too.
    await (database ?? (await opening.catch(() => undefined)))?.close();
    throw error;
  }
}

interface Parts extends Omit<AppOptions, "clock" | "database"> {
  readonly clock: Clock;
  readonly database: Database;
  readonly loaded: Loaded;
  readonly eventPublicKey: KeyObject | undefined;
}

async function assemble({ settings, environment, log, clock, database, ...parts }: Parts): Promise<App> {
  let { loaded } = parts;
  let listening: Listening | undefined;
  let worker: Worker | undefined;
  let isStarted = false;
  const publicUrl = () => settings.PUBLIC_URL ?? listening?.url ?? `http://${settings.HOST}:${settings.PORT}`;
  const secret = Buffer.alloc(32);
  const links = createLinks(secret, publicUrl);
  const rules = () => loaded.configuration.rules;
  const onQueued = () => worker?.wake();
  const fold = () => loaded.configuration.email;
  const formsHeld = () => (settings.MAIL_MODE === "live" && !loaded.configuration.sources ? FORMS_HELD : undefined);
  const accept = createAccept({ database, clock, rules, formsHeld, onQueued });
  const now = () => clock.now();
  const spool = spoolFrom(settings, { now, log, openFile: parts.openSpoolFile });
  const opening = createOpening({
    database,
    secret,
    createFirstKey: async () => (settings.LEADGATE_ADMIN_KEY === undefined ? keys.createFirst() : undefined),
  });
  const startsAway = database.complete !== undefined;
  const probe = async () => (await databaseAnswers(settings.DATABASE_URL, database)) && opening.tryToComplete(log);
  const onBack = () => (isStarted ? startJobs() : undefined);
  const spooling = createSpooling({ database, accept, spool, clock, log, probe, startsAway, onBack });
  const { breaker } = spooling;
  const keys = createKeys({ database, clock, adminKey: settings.LEADGATE_ADMIN_KEY, breaker });
  if (!startsAway) await opening.complete();
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
    recipientSecret: secret,
    leaseMarginMs: parts.leaseMarginMs,
    postalAddress: settings.MAIL_POSTAL_ADDRESS,
  });
  const allowPrivate = settings.HOOKS_ALLOW_PRIVATE;
  const hooking = createHooking({ database, clock, log, onQueued, allowPrivate, resolve: parts.resolve });
  const configuration = () => loaded.configuration;
  const query = createQuery({ database });
  const overview = createOverview({ database, clock, query, pause: mailing.pause });
  const live = new Live({ read: overview.summary, log });
  const sessions = createAdminSessions({ database, clock, keys, adminKey: settings.LEADGATE_ADMIN_KEY });
  const testing = {
    ...{ templates: () => loaded.templates, links, publicUrl, mode: settings.MAIL_MODE },
    ...{ from: settings.MAIL_FROM ?? "", postalAddress: settings.MAIL_POSTAL_ADDRESS },
  };
  const metrics = createMetrics({ gauges: createGauges({ database, clock, spool, breaker }), configuration });
  const signIns = createRateLimiter(database, "sign-in", SIGN_INS_PER_MINUTE, breaker.run);
  const http = createHttpApp({
    log,
    metrics,
    countIntake: metrics.countIntake,
    keys,
    hooks: hooking.hooks,
    publicUrl,
    breaker,
    takeIn: spooling.takeIn,
    acceptOne: spooling.acceptOne,
    configuration,
    bodyLimitBytes: settings.BODY_LIMIT,
    limitForms: formLimiter(settings.FORM_RATE_LIMIT, (perMinute) =>
      createRateLimiter(database, "form", perMinute, breaker.run),
    ),
    now,
    query,
    quarantine: createQuarantine({ database, clock }),
    exports: createExport({ database }),
    patchLead: createPatchLead({ database, clock, fold, onQueued }),
    eraseLead: createEraseLead({ database, clock, fold, eraseSpooled: spooling.drain.erase }),
    recordEvents: createRecordEvents({ database, clock }),
    eventPublicKey: parts.eventPublicKey,
    requeue: createRequeue({ database, clock, onQueued }),
    testSend: createTestSend({ ...testing, mailer }),
    previewTemplate: createTestSend({ ...testing, mailer: undefined }),
    templates: testing.templates,
    overview,
    live,
    sessions,
    limitSignIns: (caller) => signIns.consume(caller),
    instance: {
      mailMode: settings.MAIL_MODE,
      mailFrom: settings.MAIL_FROM ?? null,
      database: database.kind,
      hooksAllowPrivate: settings.HOOKS_ALLOW_PRIVATE,
    },
    unsubscribe: createUnsubscribe({ database, clock, links }),
    confirm: createConfirm({ database, accept, links }),
    readiness: createReadiness({ database, breaker, spool, wasThere: () => opening.isDone, pause: mailing.pause }),
    trustProxy: settings.TRUST_PROXY,
  });
  // Whoever takes submissions in drains what they could not store: the spool is on this machine.
  const intakeJobs = settings.ROLE === "worker" ? [] : [{ name: "spool", run: spooling.drain.run, restMs: 1_000 }];
  const jobs = [
    { name: "deliver", run: mailing.run, restMs: 1_000 },
    { name: "leases", run: mailing.expireLeases, restMs: 5_000 },
    { name: "hooks", run: hooking.run, restMs: 1_000 },
    { name: "prune", run: async () => ({ more: await prune(database, clock, hooking, sessions) }), restMs: 600_000 },
  ];
  const startJobs = () => {
    worker?.wake();
    worker ??= startWorker([...intakeJobs, ...(settings.ROLE === "api" ? [] : jobs)], log);
  };
  return {
    http,
    database,
    firstKey: opening.firstKey,
    deliverDue: mailing.deliverDue,
    sendHooks: hooking.sendDue,
    drainSpool: spooling.drainAll,
    prune: async () => void (await prune(database, clock, hooking, sessions)),
    reload: async () => {
      loaded = await loadConfiguration(settings, environment);
    },
    start: async () => {
      if (settings.ROLE !== "worker") {
        listening = await listen(http, settings.HOST, settings.PORT);
      }
      isStarted = true;
      if (opening.isDone) startJobs();
      return listening?.url;
    },
    stop: async () => {
      live.stop();
      return spooling.stop(settings.SHUTDOWN_GRACE_MS, async () => {
        await Promise.all([listening?.stop(settings.SHUTDOWN_GRACE_MS), mailing.stop()]);
        await worker?.stop();
        await hooking.idle();
        await spool.close();
        await database.close();
      });
    },
  };
}

async function prune(database: Database, clock: Clock, hooking: Hooking, sessions: AdminSessions): Promise<false> {
  await hooking.prune();
  await sessions.prune();
  await pruneRateLimits(database, clock.now());
  await pruneErasures(database.prisma, new Date(clock.now().getTime() - ERASURE_KEPT_MS));
  return false;
}

function formLimiter(perMinute: number, limiter: (perMinute: number) => RateLimiter): RateLimiter["consume"] {
  return perMinute === 0 ? async () => undefined : limiter(perMinute).consume;
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
