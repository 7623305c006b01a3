// HTTP/1.1 over a bare socket, so that what no client library would send can be sent.
import { connect } from "node:net";

/** What came of a request: an answer, or its absence. */
export class RawConnection {
  #port;
  #socket;

  constructor(port) {
    this.#port = port;
  }

  /**
   * Sends the bytes of one request and waits for its answer.
   *
   * @param ends whether these bytes are the last: then no answer is an answer too.
   * @returns `{ status, body, ms }`; status 0 where the connection was cut without an answer, -1 after the time limit.
   */
  async send(bytes, { method, ends, limitMs }) {
    const socket = ends ? this.#open() : await this.#kept();
    const begun = performance.now();
    const answer = await new Promise((resolve) => {
      let received = Buffer.alloc(0);
      const settle = (status, body = "") => {
        clearTimeout(timer);
        for (const name of ["data", "end", "close"]) socket.removeAllListeners(name);
        resolve({ status, body, ms: performance.now() - begun });
      };
      const timer = setTimeout(() => settle(-1), limitMs);
      const look = (isOver) => {
        const read = readAnswer(received, method, isOver);
        if (read) settle(read.status, read.body);
        else if (isOver) settle(0);
        if (read?.closes) socket.destroy();
      };
      socket.on("data", (chunk) => {
        received = Buffer.concat([received, chunk]);
        look(false);
      });
      socket.on("end", () => look(true));
      socket.on("close", () => look(true));
      if (ends) socket.end(bytes);
      else socket.write(bytes);
    });
    if (ends || answer.status < 1) socket.destroy();
    return answer;
  }

  close() {
    this.#socket?.destroy();
  }

  async #kept() {
    const kept = this.#socket;
    if (kept && !kept.destroyed && kept.writable && !kept.readableEnded) return kept;
    this.#socket = this.#open();
    return this.#socket;
  }

  #open() {
    // A server that has answered already may cut while the rest is still being written.
    return connect({ port: this.#port, host: "127.0.0.1", noDelay: true }).on("error", () => undefined);
  }
}

/** Whole answer at the start of what was received, if it is there. */
function readAnswer(received, method, isOver) {
  const end = received.indexOf("\r\n\r\n");
  if (end === -1) return undefined;
  const head = received.toString("latin1", 0, end);
  const status = Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]);
  const rest = received.subarray(end + 4);
  if (status >= 100 && status < 200) return readAnswer(rest, method, isOver);
  const closes = /^connection:\s*close/im.test(head);
  if (method === "HEAD" || status === 204 || status === 304) return { status, body: "", closes };
  const length = /^content-length:\s*(\d+)/im.exec(head)?.[1];
  const isWhole =
    length !== undefined
      ? rest.length >= Number(length)
      : /^transfer-encoding:\s*chunked/im.test(head)
        ? rest.subarray(-5).equals(LAST_CHUNK)
        : isOver;
  return isWhole ? { status, body: rest.toString("utf8"), closes } : undefined;
}

const LAST_CHUNK = Buffer.from("0\r\n\r\n");
