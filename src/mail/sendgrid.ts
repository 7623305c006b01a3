import type { Readable } from "node:stream";
import sendgrid from "@sendgrid/mail";
import { scrub } from "../base/log.ts";
import { connectedAgents, NotConnected } from "./connected-agent.ts";
import { readMailbox, withAsciiDomain } from "./mailbox.ts";
import type { Mailer, MailOutcome, OutgoingMail } from "./mailer.ts";

export interface SendGridOptions {
  readonly apiKey: string;
  readonly baseUrl: string;
  /** How long a call may take, from its beginning to the last byte of the answer's head. */
  readonly timeoutMs: number;
  /** Asks SendGrid to check the mail and send nothing. */
  readonly sandbox: boolean;
  readonly connections: number;
  /** A certificate to trust instead of the system's, for tests. */
  readonly ca?: string;
}

type Answer = { readonly statusCode: number; readonly headers: Headers; readonly body: Readable };
type Headers = Readonly<Record<string, unknown>>;

/** What is used of the client, whose own types leave most of it out. */
interface SendGridService {
  readonly client: SendGridClient;
  setClient(client: Pick<SendGridClient, "request">): void;
  send(mail: object): Promise<[Answer, unknown]>;
}
interface SendGridClient {
  setDefaultHeader(name: string, value: string): void;
  setDefaultRequest(settings: object): void;
  request(request: { readonly headers?: object }): unknown;
}
const { MailService } = sendgrid as unknown as { MailService: new () => SendGridService };

const CONNECT_TIMEOUT_MS = 10_000;
/** What is read of an answer's body. SendGrid's problems take a few hundred bytes. */
const MAX_BODY_BYTES = 16_384;
const MAX_BODY_MS = 2_000;
const MAX_REASON_CHARACTERS = 300;

/**
 * Sends by SendGrid's v3 API, through its own client.
 *
 * The answer's status is taken as soon as its head is there, and the body is read only for its words: a `202` whose body
 * is cut was accepted all the same. The client follows no redirect, uses no proxy of the environment, and never repeats.
 */
export function createSendGridMailer(options: SendGridOptions): Mailer {
  const { timeoutMs, connections, ca } = options;
  const agents = connectedAgents({
    connectTimeoutMs: Math.min(CONNECT_TIMEOUT_MS, Math.ceil(timeoutMs / 2)),
    connections,
    ca,
  });
  return {
    timeoutMs,
    async send(mail) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), timeoutMs);
      const data = mailData(mail, options.sandbox);
      try {
        const service = serviceFor(options, agents, late.signal);
        const [response] = await service.send(data);
        return await outcomeOf(response, options.sandbox);
      } catch (error) {
        return failureOf(error, late.signal.aborted);
      } finally {
        clearTimeout(timer);
      }
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

/**
 * A client for one call, since its settings hold the call's own deadline. Its `setApiKey` is not used: it resets the
 * base URL and warns of keys that don't begin with `SG.`.
 */
function serviceFor(
  options: SendGridOptions,
  agents: ReturnType<typeof connectedAgents>,
  signal: AbortSignal,
): SendGridService {
  const service = new MailService();
  const { client } = service;
  client.setDefaultHeader("Authorization", `Bearer ${options.apiKey}`);
  client.setDefaultRequest({
    baseUrl: options.baseUrl,
    httpAgent: agents.http,
    httpsAgent: agents.https,
    signal,
    proxy: false,
    maxRedirects: 0,
    // The body is bounded where it is read; the client's own bound would keep a stalled answer open.
    maxContentLength: -1,
    responseType: "stream",
    validateStatus: () => true,
  });
  // The service would put the mail's headers on the request as well.
  service.setClient({ request: ({ headers: _ofTheMail, ...request }) => client.request(request) });
  return service;
}

function mailData(mail: OutgoingMail, sandbox: boolean): object {
  const { content, replyTo } = mail;
  const body =
    "dynamicTemplate" in content
      ? { templateId: content.dynamicTemplate, dynamicTemplateData: content.data, hideWarnings: true }
      : { subject: content.subject, text: content.text, html: content.html };
  return {
    // Addresses are given as pairs, since the client takes quotation marks for a part of the name.
    to: { email: withAsciiDomain(mail.to) },
    from: readMailbox(mail.from),
    ...(replyTo !== undefined && { replyTo: readMailbox(replyTo) }),
    ...body,
    headers: { ...mail.headers },
    customArgs: { message_id: mail.messageId, attempt: String(mail.attempt) },
    // A rewritten unsubscribe or confirmation link would lead through SendGrid's host, and one by one only links of the
    // HTML part can be left alone. Its own unsubscribe footer would stand beside ours.
    trackingSettings: {
      clickTracking: { enable: false, enableText: false },
      subscriptionTracking: { enable: false },
    },
    ...(sandbox && { mailSettings: { sandboxMode: { enable: true } } }),
  };
}

async function outcomeOf({ statusCode: status, headers, body }: Answer, sandbox: boolean): Promise<MailOutcome> {
  const said = await readWords(body);
  const reason = `SendGrid answered ${status}${said === "" ? "" : `: ${said}`}`;
  if (status >= 200 && status < 300) {
    const id = headers["x-message-id"];
    const providerMessageId = typeof id === "string" ? id.slice(0, 200) : undefined;
    const note = "sandbox: SendGrid checked the mail and sent nothing";
    return { kind: "accepted", providerMessageId, ...(sandbox && { note }) };
  }
  if (status === 401 || status === 403) return { kind: "paused", reason };
  if (status === 429) return { kind: "unavailable", reason, retryAfterSeconds: retryAfterOf(headers) };
  // 408 and 499 are how proxies tell of a request that was cut on its way.
  if (status >= 500 || status < 200 || status === 408 || status === 499) return { kind: "unknown", reason };
  if (status < 400) return { kind: "rejected", reason: `${reason} (a redirect; check SENDGRID_BASE_URL)` };
  return { kind: "rejected", reason };
}

/** `Retry-After` in seconds or as a date, else SendGrid's own header, the second at which the limit is lifted. */
function retryAfterOf(headers: Headers): number | undefined {
  const told = headers["retry-after"];
  if (typeof told === "string" && /^\d{1,9}$/.test(told.trim())) return Number(told);
  const at = typeof told === "string" ? Date.parse(told) : Number(headers["x-ratelimit-reset"] ?? Number.NaN) * 1_000;
  return Number.isNaN(at) ? undefined : Math.max(0, Math.ceil((at - Date.now()) / 1_000));
}

function failureOf(error: unknown, late: boolean): MailOutcome {
  const { cause, request, code } = error as { cause?: unknown; request?: unknown; code?: string };
  if (cause instanceof NotConnected) {
    return { kind: "unavailable", reason: `SendGrid could not be reached (${cause.code})` };
  }
  if (late) return { kind: "unknown", reason: "SendGrid did not answer in time" };
  // The client's errors hold the request, and with it the key: only their code goes on.
  if (request !== undefined)
    return { kind: "unknown", reason: `the call to SendGrid broke off (${code ?? "no code"})` };
  throw error;
}

/** The messages of SendGrid's problem, else nothing. Leaves the connection usable where the body was short. */
async function readWords(body: Readable): Promise<string> {
  const timer = setTimeout(() => body.destroy(), MAX_BODY_MS);
  let text = "";
  try {
    for await (const chunk of body) {
      text += String(chunk);
      if (text.length > MAX_BODY_BYTES) break;
    }
  } catch {
    // Cut, late or garbled: its status is known.
  }
  clearTimeout(timer);
  return wordsIn(text);
}

function wordsIn(text: string): string {
  try {
    const { errors } = JSON.parse(text) as { errors?: { message?: unknown }[] };
    const words = errors?.map(({ message }) => String(message)).join("; ") ?? "";
    return scrub(words)
      .replace(/[\p{Cc}\s]+/gu, " ")
      .slice(0, MAX_REASON_CHARACTERS)
      .toWellFormed();
  } catch {
    return "";
  }
}
