import { useEffect, useState } from "preact/hooks";

const SHORT = new Intl.DateTimeFormat(undefined, {
  day: "numeric",
  month: "short",
  hour: "2-digit",
  minute: "2-digit",
});
const WITH_YEAR = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
const RELATIVE = new Intl.RelativeTimeFormat("en", { numeric: "always", style: "long" });
const UNITS = [
  ["day", 86_400],
  ["hour", 3_600],
  ["minute", 60],
] as const;

/** A moment in the viewer's zone; UTC when it is pointed at. */
export function Time({ at, relative = false }: { readonly at: string; readonly relative?: boolean }) {
  useMinutes(relative);
  const utc = `${at.replace("T", " ").replace(/\.\d+Z$|Z$/, "")} UTC`;
  return (
    <time dateTime={at} title={relative ? `${local(at)} · ${utc}` : utc}>
      {relative ? ago(at) : local(at)}
    </time>
  );
}

/** A moment in the viewer's zone, with the year where it is another. */
export function local(at: string): string {
  const date = new Date(at);
  return (date.getFullYear() === new Date().getFullYear() ? SHORT : WITH_YEAR).format(date);
}

/** `3 hours ago`, `in 2 days`; the date itself where that is more than a month. */
function ago(at: string, now = Date.now()): string {
  const seconds = (Date.parse(at) - now) / 1_000;
  if (Math.abs(seconds) > 31 * 86_400) return local(at);
  const [unit, size] = UNITS.find(([, least]) => Math.abs(seconds) >= least) ?? ["second", 1];
  return unit === "second"
    ? seconds > 0
      ? "in a moment"
      : "just now"
    : RELATIVE.format(Math.trunc(seconds / size), unit);
}

/** `2 days`, `40 minutes`: how long something has lasted. */
export function lasted(since: string, now = Date.now()): string {
  const seconds = Math.max(0, (now - Date.parse(since)) / 1_000);
  const [unit, size] = UNITS.find(([, least]) => seconds >= least) ?? ["second", 1];
  const count = Math.trunc(seconds / size);
  return `${count} ${unit}${count === 1 ? "" : "s"}`;
}

/** Renders again every half minute, so that what is told in minutes stays true. */
function useMinutes(isWanted: boolean): void {
  const [, tick] = useState(0);
  useEffect(() => {
    if (!isWanted) return undefined;
    const timer = setInterval(() => tick((count) => count + 1), 30_000);
    return () => clearInterval(timer);
  }, [isWanted]);
}
