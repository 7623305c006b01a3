import { AssignTag, CaptureTag, type Context, Drop, Liquid, type TagToken, type TopLevelToken } from "liquidjs";
import { defuse, escapeHtml, looksLikeLink, markUntrusted, printable, unmarked } from "./untrusted.ts";

/** What is being written: decides how a value from outside is made harmless. */
export type Medium = "html" | "text" | "header";

/** A value of our own, such as the unsubscribe link: escaped like any other, and never defused. */
export class Trusted extends Drop {
  constructor(readonly text: string) {
    super();
  }
  override valueOf(): string {
    return this.text;
  }
  override toString(): string {
    return this.text;
  }
  toJSON(): string {
    return this.text;
  }
}

/** Output that has been through the escape already, such as a captured block. */
class Written extends Trusted {
  /** Filters work on it as text, without the marks, and what they return is escaped once more: safe, if not pretty. */
  override valueOf(): string {
    return unmarked(this.text);
  }
}

/**
 * A Liquid that fails on unknown filters and tags, reads no file, and writes every value escaped for its medium.
 * There is no `raw`: what a form sent must not become markup.
 */
export function createEngine(medium: Medium): Liquid {
  const write = WRITERS[medium];
  const engine = new Liquid({
    strictFilters: true,
    ownPropertyOnly: true,
    relativeReference: false,
    templates: {},
    timezoneOffset: 0,
    locale: "en",
    renderLimit: 2_000,
    memoryLimit: 2e7,
    outputEscape: (value: unknown) => write(value),
  });
  for (const tag of ["include", "render", "layout", "block"]) delete engine.tags[tag];
  delete engine.filters.raw;
  engine.registerTag("assign", LiteralAssign);
  engine.registerTag("capture", WrittenCapture);
  const written = (value: unknown) => new Written(write(value));
  for (const name of ["escape", "xml_escape", "escape_once"]) engine.registerFilter(name, written);
  const lines = (value: unknown) => new Written(write(value).replace(/\n/g, medium === "html" ? "<br>\n" : "\n"));
  engine.registerFilter("newline_to_br", lines);
  const strip = (value: unknown) => (value instanceof Written ? new Written(value.text.trim()) : plain(value).trim());
  engine.registerFilter("strip", strip);
  return engine;
}

const WRITERS: Record<Medium, (value: unknown) => string> = {
  html: (value) => {
    if (value instanceof Written) return value.text;
    if (value instanceof Trusted) return escapeHtml(value.text);
    return isExact(value) ? String(value) : markUntrusted(escapeHtml(printable(plain(value))));
  },
  text: (value) => {
    if (value instanceof Trusted) return value.text;
    return isExact(value) ? String(value) : defuse(printable(plain(value)));
  },
  header: (value) => {
    if (value instanceof Trusted || isExact(value)) return String(value);
    const text = printable(plain(value));
    return looksLikeLink(text) ? "" : text;
  },
};

const isExact = (value: unknown) => typeof value === "number" || typeof value === "boolean";

/** A value as a reader would have it: lists with commas, objects as JSON. */
function plain(value: unknown): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Drop) return String(value);
  if (Array.isArray(value)) return value.map(plain).join(", ");
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** `name = "text"` and nothing more. */
const LITERAL = /^\s*([\w-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')\s*$/;

/** A text the author wrote out (`{% assign site = "https://…" %}`) stays trusted, so that it can be linked to. */
class LiteralAssign extends AssignTag {
  private readonly literal: RegExpExecArray | null;

  constructor(token: TagToken, rest: TopLevelToken[], liquid: Liquid) {
    super(token, rest, liquid);
    this.literal = LITERAL.exec(token.args);
  }

  override *render(context: Context): Generator<unknown, void, unknown> {
    yield* super.render(context);
    const [, name, double, single] = this.literal ?? [];
    if (name !== undefined) locals(context)[name] = new Trusted(double ?? single ?? "");
  }
}

/** A captured block was escaped as it was written, and is not escaped again. */
class WrittenCapture extends CaptureTag {
  override *render(context: Context): Generator<unknown, void, string> {
    yield* super.render(context);
    locals(context)[this.variable] = new Written(String(locals(context)[this.variable] ?? ""));
  }
}

const locals = (context: Context) => context.bottom() as { [name: string]: unknown };
