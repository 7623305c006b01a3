import { createServer, type IncomingHttpHeaders, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface ReceivedHook {
  readonly headers: IncomingHttpHeaders;
  readonly path: string;
  readonly text: string;
  readonly body: { type: string; timestamp: string; data: Record<string, unknown> };
}

/** What a receiver answers: a status, or whatever it likes to do with the answer. */
export type HookAnswer = number | ((response: ServerResponse) => void);

/** A program that is told by hooks: keeps what it gets, and answers in turn, 200 where nothing is left to say. */
export interface HookReceiver {
  readonly url: string;
  readonly received: ReceivedHook[];
  /** Connections taken, whether or not a request came over them. */
  connections(): number;
  answerWith(...answers: readonly HookAnswer[]): void;
  close(): Promise<void>;
}

export async function startHookReceiver(): Promise<HookReceiver> {
  const received: ReceivedHook[] = [];
  let answers: HookAnswer[] = [];
  let connections = 0;
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const text = Buffer.concat(chunks).toString("utf8");
    received.push({ headers: request.headers, path: request.url ?? "", text, body: JSON.parse(text) });
    const answer = answers.shift() ?? 200;
    if (typeof answer === "function") answer(response);
    else response.writeHead(answer, { location: "http://127.0.0.1:1/elsewhere" }).end();
  });
  server.on("connection", () => connections++);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    received,
    connections: () => connections,
    answerWith: (...next) => {
      answers = [...next];
    },
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
