// A caller that holds a connection for as long as it is let, and comes back when it is cut.
import { connect } from "node:net";
import { ADMIN_KEY } from "./served-copy.mjs";

const HEAD =
  "POST /forms/contact HTTP/1.1\r\nHost: leads.example.com\r\nContent-Type: application/x-www-form-urlencoded\r\n";
const HONEST = `GET /v1/me HTTP/1.1\r\nHost: leads.example.com\r\nX-Api-Key: ${ADMIN_KEY}\r\n\r\n`;
const drip = (socket) => socket.write("x");

/** What each kind sends at first, then every few seconds, and after how many seconds at most it is to be cut. */
export const KINDS = {
  silent: { begin: () => undefined, next: () => undefined, cutAfter: 15 },
  head: { begin: (socket) => socket.write(`${HEAD}X-Slow: `), next: drip, cutAfter: 15 },
  body: { begin: (socket) => socket.write(`${HEAD}Content-Length: 10000\r\n\r\nmessage=`), next: drip, cutAfter: 35 },
  largeBody: {
    begin: (socket) => socket.write(`${HEAD}Content-Length: 1000000\r\n\r\nmessage=${"x".repeat(900_000)}`),
    next: drip,
    cutAfter: 35,
  },
  idle: { begin: (socket) => socket.write(HONEST), next: () => undefined, cutAfter: 75 },
  nextHead: { begin: (socket) => socket.write(`${HONEST}${HEAD}X-Slow: `), next: drip, cutAfter: 15 },
};

/** Opens one of a kind and keeps it open until told to stop. */
export class SlowSocket {
  cuts = 0;
  refused = 0;
  isOpen = false;
  #kind;
  #port;
  #socket;
  #timer;
  #isOver = false;

  constructor(kind, port, everyMs) {
    this.#kind = KINDS[kind];
    this.#port = port;
    this.#open();
    this.#timer = setInterval(() => this.isOpen && this.#kind.next(this.#socket), everyMs);
  }

  stop() {
    this.#isOver = true;
    clearInterval(this.#timer);
    this.#socket.destroy();
  }

  #open() {
    const socket = connect({ port: this.#port, host: "127.0.0.1" });
    this.#socket = socket;
    socket.once("connect", () => {
      this.isOpen = true;
      this.#kind.begin(socket);
    });
    // What it is answered is of no interest, but must be read, or the end would not be seen.
    socket.resume().on("error", () => undefined);
    socket.once("close", () => {
      if (this.#isOver) return;
      if (this.isOpen) this.cuts++;
      else this.refused++;
      this.isOpen = false;
      setTimeout(() => this.#isOver || this.#open(), 100);
    });
  }
}
