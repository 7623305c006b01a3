import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Express } from "express";
import { type Clock, systemClock } from "./base/clock.ts";
import { parseConfiguration } from "./base/configuration-file.ts";
import { LeadgateError } from "./base/errors.ts";
import type { Log } from "./base/log.ts";
import type { Settings } from "./base/settings.ts";
import { createAccept } from "./flow/accept.ts";
import { createCoalesce } from "./flow/coalesce.ts";
import { type Configuration, compileConfiguration, DEFAULT_CONFIGURATION } from "./flow/configuration.ts";
import { createDeliver } from "./flow/deliver.ts";
import { createKeys } from "./flow/keys.ts";
import { createLinks } from "./flow/links.ts";
import { createQuery } from "./flow/query.ts";
import { createSetAside } from "./flow/set-aside.ts";
import { createUnsubscribe } from "./flow/unsubscribe.ts";
import { type Listening, listen } from "./http/listen.ts";
import { createHttpApp } from "./http/server.ts";
import { loadTemplates, type Templates } from "./mail/templates.ts";
import { type Database, openDatabase, ping } from "./store/client.ts";
import { setOnce } from "./store/instance.ts";
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
}

/**
 * Puts an instance together: the one place that knows every part.
 *
 * @throws LeadgateError `bad-setting` or `locked` when it can't start.
 */
export async function createApp({ settings, environment, log, clock = systemClock, ...options }: AppOptions): Promise<App> {
  const { templates, configuration } = await readConfiguration(settings, environment);
  const onIdleError = (error: Error) => log.warn({ err: error }, "a database connection broke; it is replaced");
  const place = { url: settings.DATABASE_URL, dataDirectory: settings.DATA_DIR, poolSize: settings.DATABASE_POOL };
  const database = options.database ?? (await openDatabase({ ...place, onIdleError }));
  try {
    return await assemble({ settings, log, clock, database, templates, configuration });
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
  readonly templates: Templates;
  readonly configuration: Configuration;
}

async function assemble({ settings, log, clock, database, templates, configuration }: Parts): Promise<App> {
  let listening: Listening | undefined;
  let worker: Worker | undefined;
  const publicUrl = () => settings.PUBLIC_URL ?? listening?.url ?? `http://${settings.HOST}:${settings.PORT}`;
  const secret = await setOnce(database.prisma, "link-secret", randomBytes(32).toString("base64url"));
  const links = createLinks(Buffer.from(secret.value, "base64url"), publicUrl);
  const rules = () => configuration.rules;
  const accept = createAccept({ database, clock, rules, onQueued: () => worker?.wake() });
  const keys = createKeys({ database, clock, adminKey: settings.LEADGATE_ADMIN_KEY });
  const deliver = createDeliver({
    database,
    clock,
    log,
    rules,
    links,
    publicUrl,
    templates: () => templates,
    mode: settings.MAIL_MODE,
    postalAddress: settings.MAIL_POSTAL_ADDRESS,
  });
  const http = createHttpApp({
    log,
    keys,
    publicUrl,
    accept,
    acceptOne: createCoalesce(accept),
    setAside: createSetAside({ database, clock }),
    configuration: () => configuration,
    bodyLimitBytes: settings.BODY_LIMIT,
    limitForms: formLimiter(database, settings.FORM_RATE_LIMIT),
    now: () => clock.now(),
    query: createQuery({ database }),
    unsubscribe: createUnsubscribe({ database, clock, links }),
    readiness: () => readiness(database),
    trustProxy: settings.TRUST_PROXY,
  });
  const jobs = [
    { name: "deliver", run: deliver, restMs: 1_000 },
    { name: "prune", run: async () => ({ more: await prune(database, clock) }), restMs: 600_000 },
  ];
  return {
    http,
    database,
    firstKey: settings.LEADGATE_ADMIN_KEY === undefined ? await keys.createFirst() : undefined,
    deliverDue: async () => {
      while ((await deliver()).more);
    },
    start: async () => {
      if (settings.ROLE !== "worker") {
        listening = await listen(http, settings.HOST, settings.PORT);
      }
      if (settings.ROLE !== "api") worker = startWorker(jobs, log);
      return listening?.url;
    },
    stop: async () => {
      await listening?.stop(settings.SHUTDOWN_GRACE_MS);
      await worker?.stop();
      await database.close();
    },
  };
}

async function prune(database: Database, clock: Clock): Promise<false> {
  await pruneRateLimits(database, clock.now());
  return false;
}

function formLimiter(database: Database, perMinute: number): (caller: string) => Promise<number | undefined> {
  if (perMinute === 0) return async () => undefined;
  const limiter = createRateLimiter(database, "form", perMinute);
  return (caller) => limiter.consume(caller);
}

async function readiness(database: Database): Promise<string[]> {
  try {
    await withDatabase(() => ping(database));
    return [];
  } catch (error) {
    if (error instanceof LeadgateError) return ["the database can't be reached"];
    throw error;
  }
}

async function readConfiguration(settings: Settings, environment: AppOptions["environment"]) {
  const file = settings.LEADGATE_CONFIG;
  const directory = templatesDirectory(settings);
  const templates = await loadTemplates({ directory });
  if (!existsSync(file)) return { templates, configuration: DEFAULT_CONFIGURATION };
  const parsed = parseConfiguration(readFileSync(file, "utf8"), basename(file), environment);
  return { templates, configuration: compileConfiguration(parsed, (name) => templates.has(name)) };
}

function templatesDirectory(settings: Settings): string {
  const named = settings.TEMPLATES_DIR;
  if (named !== undefined && !existsSync(named)) {
    throw new LeadgateError("bad-setting", "Some settings are wrong.", {
      faults: [{ path: "TEMPLATES_DIR", message: "names a folder that is not there" }],
    });
  }
  return named ?? join(dirname(settings.LEADGATE_CONFIG), "templates");
}
