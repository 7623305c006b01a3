import { type Liquid, LiquidError, type Template } from "liquidjs";
import { checkVariables, usesVariable } from "./check-variables.ts";
import { compileMjml, isMjml } from "./compile-mjml.ts";
import { type FrontMatterText, type LineFault, parseFrontMatter } from "./front-matter.ts";
import { type MailContext, toScope } from "./mail-context.ts";
import { createEngine, type Medium } from "./template-engine.ts";

/** A template ready to be rendered any number of times. */
export interface CompiledTemplate {
  readonly subject: Template[];
  readonly html: Template[];
  readonly text: Template[] | undefined;
  readonly from: string | undefined;
  readonly replyTo: Template[] | undefined;
  readonly usesConfirmUrl: boolean;
  /** The parts that say the postal address themselves, so that the footer need not. */
  readonly saysAddress: { readonly html: boolean; readonly text: boolean };
}

interface TemplateFiles {
  readonly html: { readonly file: string; readonly content: string };
  readonly text?: { readonly file: string; readonly content: string } | undefined;
}

/** A fault as it is told: `path` is `file:line`. */
export interface TemplateFault {
  readonly path: string;
  readonly message: string;
}

/** One engine for each medium, for parsing and rendering alike. */
export const ENGINES: Record<Medium, Liquid> = {
  html: createEngine("html"),
  text: createEngine("text"),
  header: createEngine("header"),
};

const NO_SUBJECT = "a template needs a `subject` in its front matter";
const FROM = /^(?:[^<>@\r\n]{0,200}<[^<>@\s]{1,64}@[^<>@\s]{3,253}>|[^<>@\s]{1,64}@[^<>@\s]{3,253})$/;

/**
 * Reads, checks and parses the files of one template.
 *
 * @returns the template, or every fault found in it.
 */
export async function compileTemplate(files: TemplateFiles): Promise<CompiledTemplate | TemplateFault[]> {
  const { fields, body, faults: inFrontMatter } = parseFrontMatter(files.html.content);
  const faults: LineFault[] = [...inFrontMatter];
  if (inFrontMatter.length === 0 && !fields.get("subject")?.text.trim()) faults.push({ line: 1, message: NO_SUBJECT });
  const subject = parse("header", placed(fields.get("subject")), faults);
  const replyTo = fields.has("replyTo") ? parse("header", placed(fields.get("replyTo")), faults) : undefined;
  const from = fields.get("from");
  if (from && !FROM.test(from.text.trim())) {
    faults.push({ line: from.line, message: "`from` must be `name@example.com` or `Name <name@example.com>`" });
  }
  const source = parse("html", body, faults);
  const html = source.length > 0 && isMjml(body) ? await parseMjml(body, faults) : source;
  const textFaults: LineFault[] = [];
  const text = files.text && parse("text", files.text.content.replace(/\r\n?/g, "\n"), textFaults);
  if (faults.length + textFaults.length === 0) {
    faults.push(...tryOut("header", subject), ...tryOut("header", replyTo ?? []), ...tryOut("html", html));
    textFaults.push(...tryOut("text", text ?? []));
  }
  const all = [...at(files.html.file, faults), ...at(files.text?.file ?? "", textFaults)];
  if (all.length > 0) return all;
  const says = (path: string, part: Template[] | undefined) =>
    part !== undefined && usesVariable(ENGINES.html, part, path);
  const address = says("instance.postalAddress", html);
  return {
    subject,
    html,
    text,
    from: from?.text.trim(),
    replyTo,
    usesConfirmUrl: says("confirmUrl", html) || says("confirmUrl", text),
    saysAddress: { html: address, text: text ? says("instance.postalAddress", text) : address },
  };
}

/** The text moved down to its own line in the file, so that a fault in it names that line. */
const placed = (field: FrontMatterText | undefined) =>
  "\n".repeat(Math.max(0, (field?.line ?? 1) - 1)) + (field?.text ?? "");

const at = (file: string, faults: readonly LineFault[]): TemplateFault[] =>
  faults.map(({ line, message }) => ({ path: `${file}:${line}`, message }));

function parse(medium: Medium, source: string, faults: LineFault[]): Template[] {
  try {
    const parsed = ENGINES[medium].parse(source);
    faults.push(...checkVariables(ENGINES[medium], parsed));
    return parsed;
  } catch (error) {
    faults.push(toLineFault(error));
    return [];
  }
}

async function parseMjml(body: string, faults: LineFault[]): Promise<Template[]> {
  const compiled = await compileMjml(body);
  faults.push(...compiled.faults);
  return compiled.faults.length > 0 ? [] : ENGINES.html.parse(compiled.html);
}

/** A mail to nobody, rendered once at the start: some faults, such as a filter's argument, show in no other way. */
const TRIAL: MailContext = {
  audience: "lead",
  lead: { id: "", email: "name@example.com", fullName: "Name", message: "Text" },
  instance: { publicUrl: "https://www.example.com", postalAddress: "Street" },
  unsubscribeUrl: "https://www.example.com/unsubscribe",
  confirmUrl: "https://www.example.com/confirm",
};

function tryOut(medium: Medium, parsed: Template[]): LineFault[] {
  try {
    ENGINES[medium].renderSync(parsed, toScope(TRIAL, { omitLinks: false }));
    return [];
  } catch (error) {
    return [toLineFault(error)];
  }
}

function toLineFault(error: unknown): LineFault {
  if (!LiquidError.is(error)) throw error;
  const { message, token } = error as Error & { token?: { getPosition(): number[] } };
  return { line: token?.getPosition()[0] ?? 1, message: message.replace(/, line:\d+, col:\d+$/, "") };
}
