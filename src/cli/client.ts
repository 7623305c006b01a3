import type { Command } from "commander";
import { readEnvironment } from "../base/config.ts";
import { type ErrorKind, LeadgateError } from "../base/errors.ts";

/** A running server, as the commands talk to it. */
export interface Client {
  readonly url: string;
  /** The answer's JSON. Throws LeadgateError with what to do about it. */
  json<Result>(method: string, path: string, body?: unknown): Promise<Result>;
  /** The answer as it comes, for long ones; throws as `json` does. */
  open(path: string, signal?: AbortSignal): Promise<Response>;
  /** Any whole answer, refusals too. Throws LeadgateError `unavailable` where there is none, or it was cut. */
  post(path: string, body: string): Promise<Answer>;
}

/** An answer that has come in whole. */
export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly retryAfterSeconds: number | undefined;
}

export interface ConnectionOptions {
  readonly url?: string;
  readonly key?: string;
}

const DEFAULT_URL = "http://127.0.0.1:3000";

/** Adds `--url`, `--key` and `--json` to a command that talks to a server. */
export function withConnection(command: Command): Command {
  return command
    .option("--url <url>", `where the server is (LEADGATE_URL, else ${DEFAULT_URL})`)
    .option("--key <key>", "API key (LEADGATE_API_KEY)")
    .option("--json", "print the result as one JSON value, as the last line");
}

/** @throws LeadgateError `bad-setting` when the address is none. */
export function connect(options: ConnectionOptions): Client {
  const environment = readEnvironment();
  const url = (options.url ?? environment.LEADGATE_URL ?? DEFAULT_URL).replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(url) || !URL.canParse(url)) {
    throw new LeadgateError("bad-setting", `--url ${url} is no address such as ${DEFAULT_URL}.`);
  }
  const key = options.key ?? environment.LEADGATE_API_KEY;
  const send = (method: string, path: string, body?: string, signal?: AbortSignal) =>
    fetch(`${url}${path}`, {
      method,
      redirect: "error",
      headers: {
        ...(key !== undefined && key !== "" && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { "content-type": "application/json" }),
      },
      ...(body !== undefined && { body }),
      ...(signal !== undefined && { signal }),
    });
  const open = async (method: string, path: string, body?: unknown, signal?: AbortSignal) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const response = await send(method, path, text, signal).catch((error: unknown) => {
      throw unreachable(url, error);
    });
    if (!response.ok) throw refusal(response.status, await response.text());
    return response;
  };
  return {
    url,
    async post(path, body) {
      try {
        const response = await send("POST", path, body);
        const retryAfter = Number(response.headers.get("retry-after"));
        const retryAfterSeconds = retryAfter > 0 ? retryAfter : undefined;
        return { status: response.status, text: await response.text(), retryAfterSeconds };
      } catch (error) {
        throw unreachable(url, error);
      }
    },
    open: (path, signal) => open("GET", path, undefined, signal),
    json: async <Result>(method: string, path: string, body?: unknown) => {
      const response = await open(method, path, body);
      return (response.status === 204 ? undefined : await response.json()) as Result;
    },
  };
}

/** Why there was no answer, and what to do. */
function unreachable(url: string, error: unknown): LeadgateError {
  const code = codeOf(error) ?? String((error as Error).message);
  const message = `There is no answer from ${url} (${code}). Start it with \`leadgate serve\`, or name another server with --url or LEADGATE_URL.`;
  return new LeadgateError("unavailable", message, { cause: error });
}

/** What a refusal says, and what to do about the usual ones. */
export function refusal(status: number, text: string): LeadgateError {
  if (status === 401) return new LeadgateError("unauthorized", KEY_REFUSED);
  const detail = detailOf(text) ?? `The server answered ${status}.`;
  const told = status === 403 ? `${detail} \`leadgate keys create\` makes one.` : detail;
  return new LeadgateError(KIND[status] ?? "internal", told);
}

const KEY_REFUSED =
  "The key was refused. Give one with --key or LEADGATE_API_KEY: the administrator's was printed at the first start, and LEADGATE_ADMIN_KEY of the server is valid whenever set.";

const KIND: Readonly<Record<number, ErrorKind>> = {
  403: "forbidden",
  404: "not-found",
  409: "conflict",
  413: "too-large",
  422: "invalid-field",
  429: "rate-limited",
  503: "unavailable",
};

interface ProblemText {
  readonly detail?: string;
  readonly errors?: readonly { readonly path: string; readonly message: string }[];
}

/** The sentence of a problem (RFC 9457); nothing where the answer is no problem of ours. */
export function detailOf(body: string | ProblemText): string | undefined {
  try {
    const problem = typeof body === "string" ? (JSON.parse(body) as ProblemText) : body;
    return typeof problem.detail === "string" ? problem.detail : undefined;
  } catch {
    return undefined;
  }
}

function codeOf(error: unknown): string | undefined {
  const cause = (error as { cause?: { code?: unknown } }).cause;
  const code = (error as { code?: unknown }).code ?? cause?.code;
  return typeof code === "string" ? code : undefined;
}
