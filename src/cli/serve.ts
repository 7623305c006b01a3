import type { Server } from "node:http";
import type { AddressInfo } from "node:net";
import { Command } from "commander";
import { type App, createApp } from "../app.ts";
import { readEnvironment, readSettings } from "../base/config.ts";
import { LeadgateError } from "../base/errors.ts";
import { createLog, type Log } from "../base/log.ts";
import type { Settings } from "../base/settings.ts";
import { createHttpServer } from "../http/server.ts";
import type { Worker } from "../worker/loop.ts";

export function serveCommand(): Command {
  return new Command("serve")
    .description("migrate the database, take traffic, and do the background work (see ROLE)")
    .action(() => run(readSettings()));
}

export function workerCommand(): Command {
  return new Command("worker")
    .description("do the background work only, as serve does with ROLE=worker")
    .action(() => run({ ...readSettings(), ROLE: "worker" }));
}

/** Runs an instance until it is told to stop. */
async function run(settings: Settings): Promise<void> {
  const log = createLog(settings.LOG_LEVEL);
  const app = await createApp({ settings, environment: readEnvironment(), log });
  let server: Server | undefined;
  let worker: Worker | undefined;
  try {
    if (settings.ROLE !== "worker") {
      server = createHttpServer(app.http);
      app.setListeningUrl(await listen(server, settings));
    }
    if (settings.ROLE !== "api") worker = app.startWorker();
    announce(app, settings, server);
    await stopSignal(log);
  } finally {
    await stop({ server, worker, app, settings, log });
  }
}

function announce(app: App, settings: Settings, server: Server | undefined): void {
  if (app.firstKey !== undefined) process.stdout.write(`administrator key: ${app.firstKey}\n`);
  if (server === undefined) process.stdout.write("leadgate worker running\n");
  else process.stdout.write(`leadgate listening on ${urlOf(server, settings)}\n`);
  if (app.database.kind === "embedded") {
    process.stderr.write("embedded database: safe when this process is killed; against power loss use PostgreSQL (DATABASE_URL)\n");
  }
}

async function listen(server: Server, settings: Settings): Promise<string> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, settings)));
    server.listen(settings.PORT, settings.HOST, resolve);
  });
  return urlOf(server, settings);
}

function urlOf(server: Server, { HOST }: Settings): string {
  const { port } = server.address() as AddressInfo;
  return `http://${HOST.includes(":") ? `[${HOST}]` : HOST}:${port}`;
}

function cannotListen(error: NodeJS.ErrnoException, { HOST, PORT }: Settings): LeadgateError {
  const why: Record<string, string> = {
    EADDRINUSE: "is in use by another program; set another PORT",
    EACCES: "may not be used by this user; set a PORT above 1023",
    EADDRNOTAVAIL: "is no address of this machine; set another HOST",
  };
  const message = `${HOST}:${PORT} ${why[error.code ?? ""] ?? `can't be listened on (${error.code})`}`;
  return new LeadgateError("bad-setting", message, { cause: error });
}

function stopSignal(log: Log): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
      process.once(signal, () => {
        log.info({ signal }, "stopping");
        resolve();
      });
    }
  });
}

interface Running {
  readonly server: Server | undefined;
  readonly worker: Worker | undefined;
  readonly app: App;
  readonly settings: Settings;
  readonly log: Log;
}

/** Takes no more connections, lets what is under way end within the grace time, then closes the database. */
async function stop({ server, worker, app, settings, log }: Running): Promise<void> {
  const timer = setTimeout(() => {
    log.warn("the grace time is over; requests under way are cut");
    server?.closeAllConnections();
  }, settings.SHUTDOWN_GRACE_MS);
  if (server?.listening) {
    await new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeIdleConnections();
    });
  }
  await worker?.stop();
  clearTimeout(timer);
  await app.close();
  log.info("stopped");
}
