import type { LookupFunction } from "node:net";
import { LeadgateError } from "../base/errors.ts";
import { isPublicAddress } from "./public-address.ts";
import { isPublicHost, readTarget, type TargetPolicy } from "./target.ts";

/** What came of a call. */
export type PostOutcome =
  | { readonly kind: "answered"; readonly status: number }
  | { readonly kind: "failed"; readonly reason: string };

export type HookPost = (call: {
  url: string;
  headers: Readonly<Record<string, string>>;
  body: string;
}) => Promise<PostOutcome>;

/** How long a call may take, from the name lookup to the end of the answer. */
const TIMEOUT_MS = 15_000;
/** Of an answer nothing but its status is used; this much is read so that the receiver sees its answer taken. */
const MAX_ANSWER_BYTES = 65_536;

/** The address of a hook may not be called. */
class RefusedAddress extends Error {
  override readonly name = "RefusedAddress";
  constructor() {
    super("the url leads to a private address");
  }
}

/**
 * Makes the one way in which hooks are called.
 *
 * A name is resolved once for a call, every address of it is checked, and the connection is made to those checked
 * addresses and no others: an answer of the name server that changes after the check changes nothing. Redirects are not
 * followed, and connections are not kept, so that every call is checked anew.
 */
export function createHookPost(policy: TargetPolicy & { readonly timeoutMs?: number }): HookPost {
  const timeoutMs = policy.timeoutMs ?? TIMEOUT_MS;
  let client: ReturnType<typeof loadClient> | undefined;
  return async ({ url, headers, body }) => {
    try {
      const target = readTarget(url, policy);
      client ??= loadClient(policy, timeoutMs);
      const { request, dispatcher } = await client;
      const signal = AbortSignal.timeout(timeoutMs);
      const answer = await request(target, { dispatcher, method: "POST", headers, body, signal });
      // The status is known; whatever happens to the rest of the answer does not matter.
      await answer.body.dump({ limit: MAX_ANSWER_BYTES, signal }).catch(() => undefined);
      return { kind: "answered", status: answer.statusCode };
    } catch (error) {
      return { kind: "failed", reason: reasonOf(error, timeoutMs) };
    }
  };
}

/** The HTTP client, loaded with the first call: most instances have no hooks, and all would wait for it at their start. */
async function loadClient(policy: TargetPolicy, timeoutMs: number) {
  const { Agent, buildConnector, request } = await import("undici");
  const connect = buildConnector({ timeout: timeoutMs, maxCachedSessions: 0, lookup: checkedLookup(policy) });
  const dispatcher = new Agent({
    // No connection is used twice.
    pipelining: 0,
    connect(options, callback) {
      // An address in the URL itself is connected to without a lookup.
      if (policy.allowPrivate || isPublicHost(options.hostname)) connect(options, callback);
      else callback(new RefusedAddress(), null);
    },
  });
  return { request, dispatcher };
}

function checkedLookup({ allowPrivate, resolve }: TargetPolicy): LookupFunction {
  return (hostname, options, callback) => {
    const answer = async () => {
      const addresses = await resolve(hostname);
      if (addresses.length === 0) throw Object.assign(new Error("no addresses"), { code: "ENOTFOUND" });
      if (!allowPrivate && !addresses.every(({ address }) => isPublicAddress(address))) throw new RefusedAddress();
      return addresses.map(({ address, family }) => ({ address, family }));
    };
    answer().then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]!.address, addresses[0]!.family);
      },
      (error: Error) => callback(error, "", 0),
    );
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ENOTFOUND: "its name can't be resolved",
  EAI_AGAIN: "its name can't be resolved at the moment",
  ECONNREFUSED: "nothing listens there",
  ECONNRESET: "the connection was cut",
  EHOSTUNREACH: "there is no way to its address",
  ENETUNREACH: "there is no way to its address",
  UND_ERR_SOCKET: "the connection was cut",
  UND_ERR_HEADERS_OVERFLOW: "the headers of its answer are too large",
};

/** In words for whoever reads the delivery log, without anything the receiver said. */
function reasonOf(error: unknown, timeoutMs: number): string {
  const { name, code } = error as { name?: string; code?: string };
  if (error instanceof LeadgateError) return `not called: ${error.publicMessage}`;
  if (error instanceof RefusedAddress) return `not called: ${error.message}`;
  if (name === "TimeoutError" || code === "UND_ERR_CONNECT_TIMEOUT") return `no answer within ${timeoutMs / 1_000} s`;
  return REASONS[code ?? ""] ?? `the call failed (${code ?? name ?? "unknown"})`;
}
