import type { Duplex } from "node:stream";
import { uuidV7 } from "../base/ids.ts";

const ANSWERS: Readonly<Record<string, readonly [line: string, detail: string]>> = {
  HPE_HEADER_OVERFLOW: ["431 Request Header Fields Too Large", "The headers are larger than 16 kB; send fewer."],
  ERR_HTTP_REQUEST_TIMEOUT: ["408 Request Timeout", "The request came too slowly; send it in one go."],
};
const NO_HTTP = ["400 Bad Request", "This is not a well-formed HTTP request; check its Content-Length."] as const;

/** Answers what Node's parser can't make a request of, which no route ever sees, with a problem like any other. */
export function refuseBroken(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const [line, detail] = ANSWERS[error.code ?? ""] ?? NO_HTTP;
  const [status, ...words] = line.split(" ");
  const requestId = uuidV7();
  const problem = {
    type: "/problems/malformed",
    title: words.join(" "),
    status: Number(status),
    detail,
    requestId,
    errors: [{ path: "", message: detail }],
  };
  const body = JSON.stringify(problem);
  const headers = [
    `HTTP/1.1 ${line}`,
    "Content-Type: application/problem+json",
    `Content-Length: ${Buffer.byteLength(body)}`,
    `X-Request-Id: ${requestId}`,
    "Connection: close",
  ];
  socket.end(`${headers.join("\r\n")}\r\n\r\n${body}`);
}
