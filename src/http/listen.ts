import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import type { Express } from "express";
import { LeadgateError } from "../base/errors.ts";
import { refuseBroken } from "./refuse-broken.ts";

/** A server that takes traffic. */
export interface Listening {
  /** Where it is reached from this machine. */
  readonly url: string;
  /** Takes no more connections and waits for requests under way, at most this long; then cuts them. */
  stop(graceMs: number): Promise<void>;
}

/**
 * Listens for the app, with limits that keep slow senders from holding the server.
 *
 * @throws LeadgateError `bad-setting` when the address can't be had.
 */
export async function listen(app: Express, host: string, port: number): Promise<Listening> {
  const server = createServer(
    { headersTimeout: 10_000, requestTimeout: 30_000, keepAliveTimeout: 65_000, connectionsCheckingInterval: 2_000 },
    app,
  );
  server.maxHeadersCount = 100;
  server.on("clientError", refuseBroken);
  await new Promise<void>((resolve, reject) => {
    server.once("error", (error: NodeJS.ErrnoException) => reject(cannotListen(error, host, port)));
    server.listen(port, host, resolve);
  });
  const taken = (server.address() as AddressInfo).port;
  return {
    url: `http://${host.includes(":") ? `[${host}]` : host}:${taken}`,
    stop: (graceMs) => stop(server, graceMs),
  };
}

/** Turns of the event loop to wait for one in which nobody connects; the backlog of a listener is 511. */
const MOST_TURNS = 1_000;
const SHORT_TURN_MS = 0.2;

async function stop(server: Server, graceMs: number): Promise<void> {
  await takeUpWaiting(server);
  const cut = setTimeout(() => server.closeAllConnections(), graceMs);
  // A connection that was busy when the stop came is idle after its answer, and would be kept open for the next one.
  const sweep = setInterval(() => server.closeIdleConnections(), 50);
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  });
  clearTimeout(cut);
  clearInterval(sweep);
}

/**
 * Takes up the connections that wait for it, of which each turn of the event loop takes one: they are reset when the
 * listener closes. Ends right behind a turn in which nobody connected and which was too short for anybody to have since.
 */
async function takeUpWaiting(server: Server): Promise<void> {
  let isTaken = true;
  const taken = () => {
    isTaken = true;
  };
  server.on("connection", taken);
  let tookMs = 0;
  // The first turn is the rest of the one in which the stop came.
  for (let turn = 0; turn < MOST_TURNS && (turn < 2 || isTaken || tookMs > SHORT_TURN_MS); turn++) {
    isTaken = false;
    const begun = performance.now();
    await new Promise((resolve) => setImmediate(resolve));
    tookMs = performance.now() - begun;
  }
  server.off("connection", taken);
}

function cannotListen(error: NodeJS.ErrnoException, host: string, port: number): LeadgateError {
  const why: Record<string, string> = {
    EADDRINUSE: "is in use by another program; set another PORT",
    EACCES: "may not be used by this user; set a PORT above 1023",
    EADDRNOTAVAIL: "is no address of this machine; set another HOST",
  };
  const reason = why[error.code ?? ""] ?? `can't be listened on (${error.code})`;
  return new LeadgateError("bad-setting", `${host}:${port} ${reason}`, { cause: error });
}
