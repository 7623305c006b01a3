import { lookup } from "node:dns/promises";
import { isIP } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { LeadgateError } from "../base/errors.ts";
import { isPublicAddress } from "./public-address.ts";

/** All addresses of a name; throws where there are none. */
export type Resolve = (hostname: string) => Promise<readonly { readonly address: string; readonly family: number }[]>;

export interface TargetPolicy {
  /** Takes private and loopback addresses too. */
  readonly allowPrivate: boolean;
  readonly resolve: Resolve;
}

/** As the operating system resolves names, its hosts file included. */
export const systemResolve: Resolve = (hostname) => lookup(hostname, { all: true, verbatim: true });

const MAX_LENGTH = 2_048;
/** A name server that takes longer than this has not said that the name is private. */
const RESOLVE_TIMEOUT_MS = 3_000;

/** Names that never lead to the public Internet (IANA special-use domain names, and ICANN's `internal`). */
const LOCAL_NAMES = /^(?:.*\.)?(?:localhost|localdomain|local|internal|intranet|lan|home\.arpa|onion)$/;

/** Ports that other protocols than HTTP speak on (Fetch standard, "bad port"), so that no hook talks to them. */
const BAD_PORTS = new Set(
  (
    "1 7 9 11 13 15 17 19 20 21 22 23 25 37 42 43 53 69 77 79 87 95 101 102 103 104 109 110 111 113 115 117 119 123 135 " +
    "137 139 143 161 179 389 427 465 512 513 514 515 526 530 531 532 540 548 554 556 563 587 601 636 989 990 993 995 " +
    "1719 1720 1723 2049 3659 4045 4190 5060 5061 6000 6566 6665 6666 6667 6668 6669 6679 6697 10080"
  ).split(" "),
);

/**
 * Reads where a hook leads, and refuses what can't be a receiver on the public Internet: by the address itself, or by
 * what its name resolves to now. A name that does not resolve now is taken; each call looks again.
 *
 * @throws LeadgateError `invalid-field` that names `url` and the mend.
 */
export async function checkTarget(text: string, policy: TargetPolicy): Promise<URL> {
  const url = readTarget(text, policy);
  if (policy.allowPrivate || isIP(bareHost(url)) !== 0) return url;
  const addresses = await resolvedSoon(url.hostname, policy.resolve);
  if (addresses.every(({ address }) => isPublicAddress(address))) return url;
  throw wrong(`leads to a private address; ${USE_PUBLIC}`);
}

/** The part of `checkTarget` that needs no name server. */
export function readTarget(text: string, { allowPrivate }: Pick<TargetPolicy, "allowPrivate">): URL {
  // What a URL parser would silently drop or turn around is no address a person meant to type.
  if (!/^https?:\/\/[^\s\p{Cc}\\]+$/iu.test(text) || text.length > MAX_LENGTH || !URL.canParse(text)) {
    throw wrong("must be a URL such as https://hooks.example.com/leads, at most 2,048 characters");
  }
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") {
    throw wrong("must not hold a user name or password; put a secret into its path, or verify the signature");
  }
  if (BAD_PORTS.has(url.port)) throw wrong(`names port ${url.port}, on which no web server listens; use 443`);
  url.hash = "";
  if (!allowPrivate && !isPublicHost(bareHost(url))) throw wrong(`leads to a private address; ${USE_PUBLIC}`);
  return url;
}

const USE_PUBLIC = "use one of the public Internet, or set HOOKS_ALLOW_PRIVATE=true";

/** False for addresses that are not public, and for names that can't lead to one that is; other names must be resolved. */
export function isPublicHost(host: string): boolean {
  if (isIP(host) !== 0 || host.includes(":")) return isPublicAddress(host);
  return !LOCAL_NAMES.test(host.toLowerCase().replace(/\.+$/, ""));
}

/** A URL's host without the brackets of an IPv6 address. */
function bareHost(url: URL): string {
  return url.hostname.replace(/^\[(.*)\]$/, "$1");
}

async function resolvedSoon(hostname: string, resolve: Resolve): ReturnType<Resolve> {
  const late = new AbortController();
  try {
    return await Promise.race([resolve(hostname), sleep(RESOLVE_TIMEOUT_MS, [], { signal: late.signal })]);
  } catch {
    return [];
  } finally {
    late.abort();
  }
}

function wrong(message: string): LeadgateError {
  return new LeadgateError("invalid-field", `The url ${message}.`, { faults: [{ path: "url", message }] });
}
