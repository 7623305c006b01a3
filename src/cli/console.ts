import { SingleBar } from "cli-progress";

/** Where a command tells what it does: people read its lines, scripts its last one. */
export interface Console {
  /** A line of the result, for people; left out where the result is JSON. */
  say(line?: string): void;
  /** A line on how it goes, on standard error. */
  note(line: string): void;
  /** The result as one JSON value, where it was asked for: the last line of output. */
  result(value: unknown): void;
  progress(total: number, unit: string): Progress;
  readonly style: Style;
}

export interface Progress {
  /** @param done of the total; @param told what stands behind it, such as `12,000 rows`. */
  update(done: number, told: string): void;
  stop(): void;
}

/** Colours where a terminal shows them, else nothing. */
export interface Style {
  good(text: string): string;
  bad(text: string): string;
  dim(text: string): string;
}

/** Lines of progress where there is no terminal, at most one in this time. */
const LINE_EVERY_MS = 5_000;

export function createConsole({ json = false }: { readonly json?: boolean | undefined }): Console {
  return {
    say: (line = "") => {
      if (!json) process.stdout.write(`${line}\n`);
    },
    note: (line) => process.stderr.write(`${line}\n`),
    result: (value) => {
      if (json) process.stdout.write(`${JSON.stringify(value)}\n`);
    },
    progress: (total, unit) => (process.stderr.isTTY ? bar(total) : lines(total, unit)),
    style: styleFor(process.stdout),
  };
}

/** `12345` → `12,345`. */
export function count(number: number): string {
  return number.toLocaleString("en-US");
}

/** `1 row`, `2 rows`. */
export function counted(number: number, one: string, many = `${one}s`): string {
  return `${count(number)} ${number === 1 ? one : many}`;
}

function bar(total: number): Progress {
  const progress = new SingleBar({
    format: "{bar} {percentage} %  {told}",
    barCompleteChar: "█",
    barIncompleteChar: "░",
    barsize: 30,
    hideCursor: true,
    stopOnComplete: false,
    clearOnComplete: true,
    stream: process.stderr,
  });
  progress.start(Math.max(total, 1), 0, { told: "" });
  return { update: (done, told) => progress.update(Math.min(done, total), { told }), stop: () => progress.stop() };
}

function lines(total: number, unit: string): Progress {
  let last = Date.now();
  return {
    update: (done, told) => {
      if (Date.now() - last < LINE_EVERY_MS) return;
      last = Date.now();
      const percent = Math.floor((100 * done) / Math.max(total, 1));
      process.stderr.write(`${told} (${Math.min(percent, 100)} % of ${unit})\n`);
    },
    stop: () => undefined,
  };
}

/** `hasColors` heeds NO_COLOR and FORCE_COLOR. */
function styleFor(stream: NodeJS.WriteStream): Style {
  const colours = stream.isTTY === true && stream.hasColors();
  const paint = (code: number) => (text: string) => (colours ? `\u001b[${code}m${text}\u001b[0m` : text);
  return { good: paint(32), bad: paint(31), dim: paint(2) };
}
