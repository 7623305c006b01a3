import { type ClientRequestArgs, Agent as HttpAgent } from "node:http";
import { Agent as HttpsAgent, type RequestOptions } from "node:https";
import type { Socket } from "node:net";
import { performance } from "node:perf_hooks";
import type { Duplex } from "node:stream";

/** There was no connection, so that not a byte of the request was written. */
export class NotConnected extends Error {
  override readonly name = "NotConnected";
  /** The network's own word for it, such as `ECONNREFUSED`. */
  readonly code: string;

  constructor(cause: unknown, code = (cause as { code?: string } | undefined)?.code ?? "ENOTCONNECTED") {
    super(`no connection: ${code}`, { cause });
    this.code = code;
  }
}

export interface ConnectedAgentOptions {
  /** How long name lookup, connecting and the TLS handshake may take together. */
  readonly connectTimeoutMs: number;
  /** Connections at once at most. */
  readonly connections: number;
  /** A certificate to trust instead of the system's, for tests. */
  readonly ca?: string | undefined;
}

type Created = (error: Error | null, socket: Duplex) => void;

/**
 * Connections that a request is given only once they stand: connected, and for HTTPS with the peer's certificate
 * checked. Node's own agents hand a socket over while it is still connecting and write the request into its buffer;
 * here whatever fails with `NotConnected` has written nothing, and whatever fails otherwise may have.
 *
 * Idle connections are closed after 4 s, sooner than servers do it, since a request that meets a connection just being
 * closed can't be told from one that was taken.
 */
export function connectedAgents(options: ConnectedAgentOptions): { http: HttpAgent; https: HttpsAgent } {
  const pool = { keepAlive: true, maxSockets: options.connections, timeout: 4_000 };
  const { connectTimeoutMs } = options;
  class ConnectedHttpAgent extends HttpAgent {
    override createConnection(target: ClientRequestArgs, created?: Created): null {
      const socket = super.createConnection(target) as Socket;
      handOver(socket, "connect", connectTimeoutMs, created!);
      return null;
    }
  }
  class ConnectedHttpsAgent extends HttpsAgent {
    override createConnection(target: RequestOptions, created?: Created): null {
      const socket = super.createConnection(target) as Socket;
      handOver(socket, "secureConnect", connectTimeoutMs, created!);
      return null;
    }
  }
  return {
    http: new ConnectedHttpAgent(pool),
    https: new ConnectedHttpsAgent({ ...pool, ...(options.ca !== undefined && { ca: options.ca }) }),
  };
}

function handOver(socket: Socket, ready: "connect" | "secureConnect", timeoutMs: number, created: Created): void {
  const end = () => {
    clearTimeout(timer);
    socket.off(ready, onReady).off("error", onError).off("close", onClose);
  };
  const fail = (error: NotConnected) => {
    end();
    // A socket that is being torn down may still report why; nobody else listens to it any more.
    socket.on("error", () => undefined).destroy();
    created(error, socket);
  };
  const begun = performance.now();
  const onReady = () => {
    // A process that was stopped meanwhile hears of its connection before its timers go off.
    if (performance.now() - begun > timeoutMs) return fail(new NotConnected(undefined, "ETIMEDOUT"));
    end();
    created(null, socket);
  };
  const onError = (error: Error) => fail(new NotConnected(error));
  const onClose = () => fail(new NotConnected(undefined, "ECONNRESET"));
  const timer = setTimeout(() => fail(new NotConnected(undefined, "ETIMEDOUT")), timeoutMs);
  socket.once(ready, onReady).once("error", onError).once("close", onClose);
}
