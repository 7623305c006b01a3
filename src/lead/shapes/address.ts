/** Tells whether a whole value reads like one e-mail address, `mailto:` and display-name forms included. */
export function isAddress(value: string): boolean {
  const trimmed = value.trim();
  if (trimmed.length > 1000) return false;
  const inner = trimmed.endsWith(">") ? trimmed.slice(trimmed.lastIndexOf("<") + 1, -1) : trimmed;
  const bare = inner.toLowerCase().startsWith("mailto:") ? inner.slice("mailto:".length) : inner;
  const at = bare.indexOf("@");
  const domain = bare.slice(at + 1);
  const dot = domain.indexOf(".");
  return at > 0 && dot > 0 && dot < domain.length - 1 && !/[\s@<>,;:"()/\\]/.test(bare.slice(0, at) + domain);
}

/** Two spellings of one address compare equal under this key; it is not the key of a lead. */
export function sameAddress(value: string): string {
  return value.trim().toLowerCase();
}
