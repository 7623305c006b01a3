import { domainToASCII } from "node:url";

/** An address and the name it is shown with. */
export interface Mailbox {
  readonly email: string;
  readonly name?: string;
}

/** Reads `name@example.com`, `Name <name@example.com>` or `"Name" <name@example.com>`. */
export function readMailbox(text: string): Mailbox {
  const [, name = "", email = ""] = /^([^<]*)<([^<>]+)>\s*$/.exec(text) ?? [];
  if (email === "") return { email: withAsciiDomain(text.trim()) };
  const plain = name.trim().replace(/^"(.*)"$/, "$1");
  return { email: withAsciiDomain(email.trim()), ...(plain !== "" && { name: plain }) };
}

/** The address as SMTP takes it everywhere: its domain in ASCII, the part before the @ as it was typed. */
export function withAsciiDomain(address: string): string {
  const at = address.lastIndexOf("@") + 1;
  const ascii = domainToASCII(address.slice(at));
  return ascii === "" ? address : address.slice(0, at) + ascii;
}
