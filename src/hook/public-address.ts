import ipaddr from "ipaddr.js";

/** Where IANA has given out IPv6 addresses for the public Internet so far; everything else is for something else. */
const GLOBAL_UNICAST = ipaddr.IPv6.parseCIDR("2000::/3");
/** The middle of an ISATAP address (RFC 5214, section 6.1), before the IPv4 address it leads to. */
const ISATAP = 0x5efe;

/**
 * Whether an address is one of the public Internet. Said the other way round, it is none of: private, loopback,
 * link-local, shared (CGNAT), multicast, reserved, documentation, unspecified, nor an IPv6 address that leads to an IPv4
 * one (mapped, translated, NAT64, 6to4, Teredo, ISATAP), whatever that one is.
 *
 * What is not known to be public is not: ranges given out in the future are refused until this is taught them.
 *
 * @param address in any form; text that is no address is not public.
 */
export function isPublicAddress(address: string): boolean {
  const bare = address.replace(/^\[(.*)\]$/, "$1");
  if (!ipaddr.isValid(bare) || bare.includes("%")) return false;
  const parsed = ipaddr.parse(bare);
  if (parsed.range() !== "unicast") return false;
  if (parsed.kind() === "ipv4") return true;
  const { parts } = parsed as ipaddr.IPv6;
  return (parsed as ipaddr.IPv6).match(GLOBAL_UNICAST) && parts[5] !== ISATAP;
}
