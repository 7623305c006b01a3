import { createServer, type IncomingMessage, request as open, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { createBodyBudget } from "../../src/http/body-budget.ts";
import { until } from "../support/mailing.ts";

let server: Server;
let arrived: IncomingMessage[];
beforeEach(async () => {
  const watch = createBodyBudget(1);
  arrived = [];
  server = createServer((request, response) => {
    arrived.push(request);
    watch(request);
    request.once("end", () => response.end("whole"));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterEach(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A post whose body is sent piece by piece; `ended` tells how it went. */
function post() {
  const { port } = server.address() as AddressInfo;
  const request = open({ host: "127.0.0.1", port, method: "POST" });
  const ended = new Promise<string>((resolve) => {
    request.once("response", (response) => response.resume().once("end", () => resolve("answered")));
    request.once("error", () => resolve("cut"));
  });
  const send = (bytes: number) => new Promise<void>((resolve) => request.write(Buffer.alloc(bytes), () => resolve()));
  return { request, send, ended };
}

test("past as many large bodies as are read at once the next one waits, and is read when one has ended", async () => {
  const first = post();
  await first.send(90_000);
  const second = post();
  void second.send(8_000_000);
  second.request.end();
  await until(() => arrived[1]?.isPaused() === true);
  const small = post();
  small.request.end("a form");
  expect(await small.ended).toBe("answered");
  expect(arrived[1]!.complete).toBe(false);
  first.request.end();
  expect(await Promise.all([first.ended, second.ended])).toEqual(["answered", "answered"]);
});

test("one that waited is read when one before it was cut", async () => {
  const first = post();
  await first.send(90_000);
  const second = post();
  void second.send(8_000_000);
  second.request.end();
  await until(() => arrived[1]?.isPaused() === true);
  first.request.destroy();
  expect(await second.ended).toBe("answered");
});
