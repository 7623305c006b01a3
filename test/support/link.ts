import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

/** A connection to a server that can be cut, as when the server is away. */
export interface Link {
  /** The server's connection string by way of this link. */
  readonly url: string;
  cut(): Promise<void>;
  mend(): Promise<void>;
  /** Lets nothing through any more, without anybody being told, as when the server was stopped. */
  freeze(): void;
  thaw(): void;
}

export async function startLink(target: string): Promise<Link> {
  const { hostname, port } = new URL(target);
  const sockets = new Set<Socket>();
  let frozen = false;
  const listen = async (at: number): Promise<Server> => {
    const server = createServer((near) => {
      const far = connect(Number(port || 5432), hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on("error", () => undefined).on("close", () => [near, far].map((end) => end.destroy()));
      }
      near.pipe(far).pipe(near);
      if (frozen) for (const socket of [near, far]) hold(socket);
    });
    await once(server.listen(at, "127.0.0.1"), "listening");
    return server;
  };
  let server = await listen(0);
  const own = (server.address() as AddressInfo).port;
  const url = new URL(target);
  url.hostname = "127.0.0.1";
  url.port = String(own);
  return {
    url: url.href,
    async cut() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      server = await listen(own);
    },
    freeze() {
      frozen = true;
      for (const socket of sockets) hold(socket);
    },
    thaw() {
      frozen = false;
      for (const socket of sockets) socket.uncork();
    },
  };
}

/** What comes in on either side is kept, and not written on. */
function hold(socket: Socket): void {
  socket.cork();
}
