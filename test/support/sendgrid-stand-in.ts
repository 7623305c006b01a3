import { generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo, Socket } from "node:net";

/** What the stand-in does with a call. */
export type Behaviour =
  /** 202, as SendGrid does. */
  | "accept"
  /** Takes the mail, and never answers. */
  | "hang"
  /** Takes the mail, and cuts the connection without an answer. */
  | "cut-after-accepting"
  /** Cuts the connection before a byte is read. */
  | "cut-before-reading"
  /** Takes the mail, and answers byte by byte without ever coming to an end. */
  | "slow-drip"
  /** Takes the mail, and answers something that is no HTTP. */
  | "garbage"
  /** Takes the mail, answers 202, and cuts the answer's body. */
  | "cut-body"
  /** Answers so. A 5xx may have taken the mail; a 4xx has not. */
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly problem?: string };

/** The part of a call's JSON that tests look at. */
export interface MailBody {
  readonly from: { readonly email: string; readonly name?: string };
  readonly reply_to?: { readonly email: string };
  readonly subject?: string;
  readonly content?: readonly { readonly type: string; readonly value: string }[];
  readonly headers?: Readonly<Record<string, string>>;
  readonly custom_args: { readonly message_id: string; readonly attempt: string };
  readonly personalizations: readonly {
    readonly to: readonly { readonly email: string }[];
    readonly dynamic_template_data?: Readonly<Record<string, unknown>>;
  }[];
  readonly template_id?: string;
  readonly mail_settings?: { readonly sandbox_mode?: { readonly enable: boolean } };
  readonly tracking_settings?: object;
}

export interface ReceivedCall {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: MailBody;
  readonly messageId: string;
  readonly attempt: number;
  /** Which call for this message it is, from 1. */
  readonly nth: number;
  /** The caller's port, which tells connections apart. */
  readonly fromPort: number | undefined;
}

export interface SignedBatch {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
}

/**
 * Stands in for SendGrid on loopback. It counts a call as accepted whenever SendGrid might have taken the mail, so that
 * the count is the worst case.
 */
export class SendGridStandIn {
  /** Decides call by call; asked once a request was read. */
  behave: (call: ReceivedCall) => Behaviour | Promise<Behaviour> = () => "accept";
  /** Cuts connections before a byte is read, as long as it says so. */
  refuseToRead: () => boolean = () => false;
  readonly calls: ReceivedCall[] = [];
  readonly accepted = new Map<string, number>();
  /** Connections cut before a byte was read. */
  cut = 0;
  /** Calls under way at the moment, and at most. */
  underWay = 0;
  mostUnderWay = 0;
  readonly #received = new Map<string, number>();
  readonly #sockets = new Set<Socket>();
  readonly #server: Server;
  readonly #keys: { publicKey: KeyObject; privateKey: KeyObject };

  private constructor() {
    this.#keys = generateKeyPairSync("ec", { namedCurve: "P-256" });
    this.#server = createServer((request, response) => void this.#take(request, response));
    this.#server.on("connection", (socket) => {
      if (this.refuseToRead()) {
        this.cut++;
        socket.destroy();
        return;
      }
      this.#sockets.add(socket);
      socket.on("close", () => this.#sockets.delete(socket)).on("error", () => undefined);
    });
  }

  static async start(): Promise<SendGridStandIn> {
    const standIn = new SendGridStandIn();
    await standIn.listen(0);
    return standIn;
  }

  async listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, "127.0.0.1", resolve));
  }

  /** Listens no more, until told to. */
  async pause(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** As SendGrid shows its verification key. */
  get publicKey(): string {
    return this.#keys.publicKey.export({ type: "spki", format: "der" }).toString("base64");
  }

  /** Signs a batch of events as SendGrid does. */
  signEvents(events: readonly object[], timestamp = String(Math.floor(Date.now() / 1_000))): SignedBatch {
    const body = JSON.stringify(events);
    const signature = sign("sha256", Buffer.from(timestamp + body), this.#keys.privateKey).toString("base64");
    return {
      body,
      headers: {
        "Content-Type": "application/json",
        "X-Twilio-Email-Event-Webhook-Signature": signature,
        "X-Twilio-Email-Event-Webhook-Timestamp": timestamp,
      },
    };
  }

  /** The most calls that may have been accepted for any one message. */
  get mostAccepted(): number {
    return [...this.accepted.values()].reduce((most, count) => Math.max(most, count), 0);
  }

  forget(): void {
    this.calls.length = 0;
    this.accepted.clear();
    this.#received.clear();
    this.cut = 0;
    this.mostUnderWay = 0;
  }

  async close(): Promise<void> {
    await this.pause();
  }

  async #take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    this.underWay++;
    this.mostUnderWay = Math.max(this.mostUnderWay, this.underWay);
    response.on("close", () => this.underWay--);
    const chunks: Buffer[] = [];
    try {
      for await (const chunk of request) chunks.push(chunk as Buffer);
    } catch {
      return;
    }
    const call = this.#note(request, JSON.parse(Buffer.concat(chunks).toString("utf8")) as MailBody);
    const behaviour = await this.behave(call);
    if (mayBeAccepted(behaviour)) this.accepted.set(call.messageId, (this.accepted.get(call.messageId) ?? 0) + 1);
    answer(response, behaviour, call);
  }

  #note(request: IncomingMessage, body: MailBody): ReceivedCall {
    const messageId = body.custom_args.message_id;
    const nth = (this.#received.get(messageId) ?? 0) + 1;
    this.#received.set(messageId, nth);
    const { method = "", url: path = "", headers, socket } = request;
    const attempt = Number(body.custom_args.attempt);
    const call = { method, path, headers, body, messageId, attempt, nth, fromPort: socket.remotePort };
    this.calls.push(call);
    return call;
  }
}

function mayBeAccepted(behaviour: Behaviour): boolean {
  if (typeof behaviour === "string") return behaviour !== "cut-before-reading";
  return behaviour.status < 300 || behaviour.status >= 500;
}

function answer(response: ServerResponse, behaviour: Behaviour, call: ReceivedCall): void {
  const { socket } = response;
  switch (behaviour) {
    case "accept":
      response.writeHead(202, { "X-Message-Id": `standin-${call.messageId}-${call.nth}` }).end();
      return;
    case "hang":
      return;
    case "cut-after-accepting":
    case "cut-before-reading":
      socket?.destroy();
      return;
    case "cut-body":
      response.writeHead(202, { "X-Message-Id": `standin-${call.messageId}`, "Content-Length": "1000" });
      response.write("{", () => socket?.destroy());
      return;
    case "slow-drip":
      drip(socket);
      return;
    case "garbage":
      socket?.end("\u0000\u0007 this is no HTTP \r\n\r\n");
      return;
    default:
      answerWith(response, behaviour);
  }
}

function answerWith(response: ServerResponse, { status, headers, problem }: Exclude<Behaviour, string>): void {
  response.writeHead(status, { "Content-Type": "application/json", ...headers });
  response.end(status < 300 ? "" : JSON.stringify({ errors: [{ message: problem ?? `stand-in says ${status}` }] }));
}

function drip(socket: Socket | null): void {
  socket?.write("HTTP/1.1 202 Accepted\r\nX-Drip: ");
  const timer = setInterval(() => socket?.write("x"), 20);
  socket?.on("close", () => clearInterval(timer));
}
