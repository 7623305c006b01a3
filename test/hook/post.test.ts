import { afterEach, beforeEach, describe, expect, test } from "@jest/globals";
import { createHookPost } from "../../src/hook/post.ts";
import type { Resolve } from "../../src/hook/target.ts";
import { type HookReceiver, startHookReceiver } from "../support/hook-receiver.ts";

/** A listener on loopback that nothing may connect to. */
let canary: HookReceiver;
beforeEach(async () => {
  canary = await startHookReceiver();
});
afterEach(() => canary.close());

const port = () => new URL(canary.url).port;
const body = '{"type":"hook.test"}';
const headers = { "content-type": "application/json" };
const resolvesTo =
  (...addresses: string[]): Resolve =>
  async () =>
    addresses.map((address) => ({ address, family: address.includes(":") ? 6 : 4 }));

async function call(url: string, resolve: Resolve, allowPrivate = false, timeoutMs = 1_000) {
  return createHookPost({ allowPrivate, resolve, timeoutMs })({ url, headers, body });
}

describe("a call to a private address opens no connection", () => {
  test.each([
    ["by its address", () => `http://127.0.0.1:${port()}/`, []],
    ["by its address in another notation", () => `http://0x7f.1:${port()}/`, []],
    ["by its address inside IPv6", () => `http://[::ffff:127.0.0.1]:${port()}/`, []],
    ["by a local name", () => `http://canary.localhost:${port()}/`, ["127.0.0.1"]],
    ["by a name that resolves to it", () => `http://hooks.example.com:${port()}/`, ["127.0.0.1"]],
    [
      "by a name that resolves to it among others",
      () => `http://hooks.example.com:${port()}/`,
      ["127.0.0.1", "8.8.8.8"],
    ],
    ["by a name that resolves to it last", () => `http://hooks.example.com:${port()}/`, ["8.8.8.8", "::ffff:7f00:1"]],
  ])("%s", async (_how, url, addresses) => {
    const outcome = await call(url(), resolvesTo(...addresses));
    expect(outcome).toEqual({ kind: "failed", reason: expect.stringMatching(/^not called: .*private address/) });
    expect(canary.connections()).toBe(0);
  });
});

test("the address that was checked is the one that is called: the name is looked up once for a call", async () => {
  let looks = 0;
  const resolve: Resolve = async () => {
    looks++;
    return [{ address: looks === 1 ? "192.0.2.1" : "127.0.0.1", family: 4 }];
  };
  const allowed = createHookPost({ allowPrivate: true, resolve, timeoutMs: 300 });
  await allowed({ url: `http://hooks.example.com:${port()}/`, headers, body });
  expect(looks).toBe(1);
  expect(canary.connections()).toBe(0);
});

test("an allowed private address is called by its name, with the name as Host", async () => {
  const outcome = await call(`http://hooks.example.com:${port()}/a?b=c#d`, resolvesTo("127.0.0.1"), true);
  expect(outcome).toEqual({ kind: "answered", status: 200 });
  expect(canary.received[0]).toMatchObject({
    path: "/a?b=c",
    headers: { host: `hooks.example.com:${port()}` },
    text: body,
  });
});

test("each call makes a connection of its own, so that each is checked anew", async () => {
  const post = createHookPost({ allowPrivate: true, resolve: resolvesTo("127.0.0.1") });
  for (let i = 0; i < 3; i++) await post({ url: canary.url, headers, body });
  expect(canary.connections()).toBe(3);
});

describe("what can't be reached is told in words", () => {
  test("a name that does not resolve", async () => {
    const unknown: Resolve = async () => Promise.reject(Object.assign(new Error("no"), { code: "ENOTFOUND" }));
    const outcome = { kind: "failed", reason: "its name can't be resolved" };
    expect(await call("https://hooks.example.com/", unknown)).toEqual(outcome);
    expect(await call("https://hooks.example.com/", resolvesTo())).toEqual(outcome);
  });

  test("a receiver that answers nothing in time", async () => {
    canary.answerWith(() => {});
    expect(await call(canary.url, resolvesTo(), true, 200)).toEqual({
      kind: "failed",
      reason: "no answer within 0.2 s",
    });
  });

  test("a port nothing listens on", async () => {
    const { url } = canary;
    await canary.close();
    expect(await call(url, resolvesTo(), true)).toEqual({ kind: "failed", reason: "nothing listens there" });
    canary = await startHookReceiver();
  });

  test("a receiver that cuts the connection", async () => {
    canary.answerWith((response) => response.socket!.destroy());
    expect(await call(canary.url, resolvesTo(), true)).toEqual({ kind: "failed", reason: "the connection was cut" });
  });

  test("an answer whose headers have no end", async () => {
    canary.answerWith((response) => response.writeHead(200, { "x-long": "x".repeat(100_000) }).end());
    const reason = expect.stringContaining("headers of its answer are too large");
    expect(await call(canary.url, resolvesTo(), true)).toEqual({ kind: "failed", reason });
  });

  test("a status that counts although the answer never ends", async () => {
    canary.answerWith((response) => {
      response.writeHead(204 - 4).write("x");
    });
    expect(await call(canary.url, resolvesTo(), true, 300)).toEqual({ kind: "answered", status: 200 });
  });
});
