import type { AddressInfo } from "node:net";
import { createServer as createTcpServer, type Server, type Socket } from "node:net";
import { createServer as createTlsServer } from "node:tls";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "@jest/globals";
import type { Mailer, OutgoingMail } from "../../src/mail/mailer.ts";
import { createSendGridMailer } from "../../src/mail/sendgrid.ts";
import { selfSigned } from "../support/certificate.ts";
import { type Behaviour, SendGridStandIn } from "../support/sendgrid-stand-in.ts";

const MAIL: OutgoingMail = {
  messageId: "01890000-0000-7000-8000-000000000001",
  attempt: 3,
  to: "Ann.O+x@BÜCHER.example",
  from: '"Doe, Ann" <hello@example.com>',
  replyTo: "reply@example.com",
  headers: { "List-Unsubscribe": "<https://e.x/u>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" },
  content: { subject: "Hello ✓", html: "<p>Hello</p>", text: "Hello" },
};

let standIn: SendGridStandIn;
const open: Mailer[] = [];

function mailer(options: Partial<Parameters<typeof createSendGridMailer>[0]> = {}): Mailer {
  const made = createSendGridMailer({
    apiKey: "SG.secret-key",
    baseUrl: standIn.url,
    timeoutMs: 400,
    sandbox: false,
    connections: 4,
    ...options,
  });
  open.push(made);
  return made;
}

beforeAll(async () => {
  standIn = await SendGridStandIn.start();
});
afterEach(() => {
  for (const made of open.splice(0)) made.close();
  standIn.behave = () => "accept";
  standIn.refuseToRead = () => false;
  standIn.forget();
});
afterAll(() => standIn.close());

describe("what is sent", () => {
  test("a mail with everything SendGrid must know", async () => {
    expect(await mailer().send(MAIL)).toEqual({
      kind: "accepted",
      providerMessageId: `standin-${MAIL.messageId}-1`,
    });
    const { method, path, headers, body } = standIn.calls[0]!;
    expect([method, path, headers.authorization]).toEqual(["POST", "/v3/mail/send", "Bearer SG.secret-key"]);
    expect(headers).not.toHaveProperty("list-unsubscribe");
    expect(body).toEqual({
      from: { email: "hello@example.com", name: "Doe, Ann" },
      reply_to: { email: "reply@example.com" },
      subject: "Hello ✓",
      personalizations: [{ to: [{ email: "Ann.O+x@xn--bcher-kva.example" }] }],
      content: [
        { type: "text/plain", value: "Hello" },
        { type: "text/html", value: "<p>Hello</p>" },
      ],
      headers: MAIL.headers,
      custom_args: { message_id: MAIL.messageId, attempt: "3" },
      tracking_settings: {
        click_tracking: { enable: false, enable_text: false },
        subscription_tracking: { enable: false },
      },
    });
  });

  test("sandbox mode asks SendGrid to send nothing", async () => {
    standIn.behave = () => ({ status: 200 });
    const outcome = await mailer({ sandbox: true }).send(MAIL);
    expect(outcome).toMatchObject({ kind: "accepted", note: expect.stringContaining("sandbox") });
    expect(standIn.calls[0]!.body.mail_settings).toEqual({ sandbox_mode: { enable: true } });
  });

  test("a template that SendGrid keeps, its data by the names they have here", async () => {
    const data = { lead: { firstName: "Ann", attributes: { some_key: [1, null] } }, unsubscribeUrl: "https://e.x/u" };
    await mailer().send({ ...MAIL, content: { dynamicTemplate: "d-0123", data } });
    const { body } = standIn.calls[0]!;
    expect(body.template_id).toBe("d-0123");
    expect(body.personalizations[0]!.dynamic_template_data).toEqual(data);
    expect(body).not.toHaveProperty("content");
  });

  test("no proxy of the environment is used", async () => {
    process.env.http_proxy = "http://127.0.0.1:1";
    try {
      expect((await mailer().send(MAIL)).kind).toBe("accepted");
    } finally {
      delete process.env.http_proxy;
    }
  });

  test("connections are used again", async () => {
    const one = mailer({ connections: 1 });
    for (let call = 0; call < 5; call++) expect((await one.send(MAIL)).kind).toBe("accepted");
    expect(new Set(standIn.calls.map(({ fromPort }) => fromPort)).size).toBe(1);
  });
});

describe("what came of it", () => {
  const answered: readonly [Behaviour, string][] = [
    [{ status: 202 }, "accepted"],
    ["cut-body", "accepted"],
    [{ status: 400, problem: "Bad mail to ann@example.com" }, "rejected"],
    [{ status: 413 }, "rejected"],
    [{ status: 404 }, "rejected"],
    [{ status: 302, headers: { Location: "http://127.0.0.1:1/" } }, "rejected"],
    [{ status: 401 }, "paused"],
    [{ status: 403 }, "paused"],
    [{ status: 429 }, "unavailable"],
    [{ status: 500 }, "unknown"],
    [{ status: 503, headers: { "Retry-After": "1" } }, "unknown"],
    [{ status: 408 }, "unknown"],
    ["hang", "unknown"],
    ["slow-drip", "unknown"],
    ["garbage", "unknown"],
    ["cut-after-accepting", "unknown"],
  ];
  test.each(answered)("%j → %s, after one call", async (behaviour, kind) => {
    standIn.behave = () => behaviour;
    const outcome = await mailer().send(MAIL);
    expect(outcome.kind).toBe(kind);
    expect(standIn.calls).toHaveLength(1);
    expect(JSON.stringify(outcome)).not.toMatch(/secret-key|ann@/);
  });

  test("a connection cut before it was read is not known: a byte had been written", async () => {
    standIn.refuseToRead = () => true;
    expect((await mailer().send(MAIL)).kind).toBe("unknown");
  });

  test.each([
    [{ "Retry-After": "7" }, 7],
    [{ "X-RateLimit-Reset": String(Math.ceil(Date.now() / 1_000) + 30) }, 30],
    [{ "Retry-After": new Date(Date.now() + 60_000).toUTCString() }, 60],
    [{}, undefined],
  ])("429 with %j says to wait", async (headers, seconds) => {
    standIn.behave = () => ({ status: 429, headers: headers as Record<string, string> });
    const outcome = await mailer().send(MAIL);
    if (outcome.kind !== "unavailable") throw new TypeError(outcome.kind);
    if (seconds === undefined) expect(outcome.retryAfterSeconds).toBeUndefined();
    else expect(Math.abs(outcome.retryAfterSeconds! - seconds)).toBeLessThanOrEqual(2);
  });

  test("an endless answer is not read to its end", async () => {
    standIn.behave = () => ({ status: 400, problem: "x".repeat(5_000_000) });
    const outcome = await mailer({ timeoutMs: 5_000 }).send(MAIL);
    expect(outcome).toEqual({ kind: "rejected", reason: "SendGrid answered 400" });
  });
});

describe("nothing was written", () => {
  test.each([
    ["nobody listens", "http://127.0.0.1:1"],
    ["there is no such host", "http://no-such-host.invalid"],
  ])("%s", async (_why, baseUrl) => {
    const outcome = await mailer({ baseUrl, timeoutMs: 20_000 }).send(MAIL);
    expect(outcome).toMatchObject({
      kind: "unavailable",
      reason: expect.stringMatching(/ECONNREFUSED|ENOTFOUND|EAI_AGAIN/),
    });
  });

  test("a certificate nobody vouches for: not a byte of the request gets through", async () => {
    const { server, received, url } = await listenTls();
    expect(await mailer({ baseUrl: url }).send(MAIL)).toEqual({
      kind: "unavailable",
      reason: "SendGrid could not be reached (DEPTH_ZERO_SELF_SIGNED_CERT)",
    });
    await closed(server);
    expect(received()).toBe(0);
  });

  test("a server that never finishes the handshake", async () => {
    const sockets: Socket[] = [];
    const server = createTcpServer((socket) => sockets.push(socket.on("error", () => undefined)));
    await listening(server);
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    expect(await mailer({ baseUrl: url }).send(MAIL)).toEqual({
      kind: "unavailable",
      reason: "SendGrid could not be reached (ETIMEDOUT)",
    });
    for (const socket of sockets) socket.destroy();
    await closed(server);
  });

  test("as against a server that is vouched for, and cuts after the first byte", async () => {
    const { server, received, url } = await listenTls((socket) => socket.destroy());
    expect((await mailer({ baseUrl: url, ca: selfSigned.cert }).send(MAIL)).kind).toBe("unknown");
    await closed(server);
    expect(received()).toBeGreaterThan(0);
  });
});

async function listenTls(onData: (socket: Socket) => void = () => undefined) {
  let bytes = 0;
  const server = createTlsServer({ ...selfSigned }, (socket) => {
    socket
      .on("error", () => undefined)
      .on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        onData(socket);
      });
  });
  server.on("tlsClientError", () => undefined);
  await listening(server);
  return { server, received: () => bytes, url: `https://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

function listening(server: Server): Promise<void> {
  return new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
}

function closed(server: Server): Promise<unknown> {
  return new Promise((resolve) => server.close(resolve));
}
