import ipaddr from "ipaddr.js";

/**
 * What counts as one caller for a limit: an IPv4 address, or the /64 of an IPv6 address, which is what one household or
 * server gets (RFC 6177), so that nobody has 2^64 callers to spend.
 *
 * @param address as Express tells it, after `TRUST_PROXY`.
 */
export function callerAddress(address: string | undefined): string {
  if (address === undefined || !ipaddr.isValid(address)) return "unknown";
  const parsed = ipaddr.process(address);
  if (parsed.kind() === "ipv4") return parsed.toString();
  return `${(parsed as ipaddr.IPv6).parts
    .slice(0, 4)
    .map((part) => part.toString(16))
    .join(":")}::/64`;
}
