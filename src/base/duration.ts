const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/**
 * Reads `500ms`, `90s`, `30m`, `2h`, `1.5h` or `1d`.
 *
 * @returns whole milliseconds; undefined when it is no such text.
 */
export function parseDuration(text: string): number | undefined {
  const [, amount, unit] = /^(\d{1,9}(?:\.\d{1,3})?)(ms|s|m|h|d)$/.exec(text) ?? [];
  return amount === undefined ? undefined : Math.round(Number(amount) * UNITS_MS[unit!]!);
}
