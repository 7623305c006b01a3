import { connect } from "node:net";
import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { type Listening, listen } from "../../src/http/listen.ts";
import { leadOf } from "../support/answers.ts";
import { ADMIN_KEY, type Instance, startInstance } from "../support/instance.ts";

let instance: Instance;
let server: Listening;
beforeAll(async () => {
  instance = await startInstance();
  server = await listen(instance.app.http, "127.0.0.1", 0);
});
afterAll(async () => {
  await server.stop(0);
  await instance.close();
});

/** Sends these bytes, ends the sending side, and gives back all that was answered. */
function raw(bytes: string, end = true): Promise<string> {
  const { hostname, port } = new URL(server.url);
  return new Promise((resolve, reject) => {
    let answer = "";
    // The answer may come before all was sent, and so may the cut that follows it.
    const socket = connect(Number(port), hostname, () => (end ? socket.end(bytes) : socket.write(bytes)));
    socket.on("data", (data) => {
      answer += data;
    });
    socket.on("error", (error: NodeJS.ErrnoException) =>
      error.code === "ECONNRESET" ? resolve(answer) : reject(error),
    );
    socket.on("close", () => resolve(answer));
  });
}

const head = (path: string, headers: string[]) =>
  `POST ${path} HTTP/1.1\r\nHost: x\r\nX-Api-Key: ${ADMIN_KEY}\r\nContent-Type: application/json\r\n${headers.join("\r\n")}\r\n\r\n`;

test("a body shorter than it says is not taken, and the next request is served", async () => {
  const answer = await raw(`${head("/v1/leads", ["Content-Length: 500"])}{"email":"short@example.com"}`);
  expect(answer).not.toMatch(/^HTTP\/1\.1 [25]/);
  expect(await leadOf(instance, "short@example.com")).toBeNull();
  expect((await fetch(`${server.url}/healthz`)).status).toBe(200);
});

test.each([
  ["what is no HTTP", "HELLO\r\n\r\n", 400],
  ["a length that is none", `${head("/v1/leads", ["Content-Length: many"])}{}`, 400],
  ["two lengths", `${head("/v1/leads", ["Content-Length: 2", "Content-Length: 3"])}{}`, 400],
  [
    "a length and chunks at once",
    `${head("/v1/leads", ["Content-Length: 2", "Transfer-Encoding: chunked"])}2\r\n{}\r\n0\r\n\r\n`,
    400,
  ],
  ["a broken chunk", `${head("/v1/leads", ["Transfer-Encoding: chunked"])}zz\r\n`, 400],
  ["headers without end", head("/v1/leads", [`X-Long: ${"x".repeat(20_000)}`]), 431],
])("%s is answered with a problem", async (_what, bytes, status) => {
  const answer = await raw(bytes, false);
  const [headers = "", body = ""] = answer.split("\r\n\r\n");
  expect(headers).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `));
  expect(headers).toContain("Content-Type: application/problem+json");
  const problem = JSON.parse(body);
  expect(problem).toMatchObject({ status, detail: expect.any(String), errors: [{ path: "" }] });
  expect(headers).toContain(`X-Request-Id: ${problem.requestId}`);
});

test("a body in chunks, and one that waits to be asked for, are read like any other", async () => {
  const body = '{"email":"chunk@example.com"}';
  const chunked = head("/webhooks/x", ["Transfer-Encoding: chunked", "Connection: close"]);
  const chunks = `5\r\n${body.slice(0, 5)}\r\n${(body.length - 5).toString(16)}\r\n${body.slice(5)}\r\n0\r\n\r\n`;
  expect(await raw(chunked + chunks, false)).toMatch(/^HTTP\/1\.1 200 OK/);
  const waiting = head("/webhooks/x", [`Content-Length: ${body.length}`, "Expect: 100-continue", "Connection: close"]);
  expect(await raw(waiting + body, false)).toMatch(/HTTP\/1\.1 200 OK/);
  expect(await leadOf(instance, "chunk@example.com")).toMatchObject({ submissionCount: 1 });
});
