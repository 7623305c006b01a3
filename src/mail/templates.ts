import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { LeadgateError } from "../base/errors.ts";
import { type CompiledTemplate, compileTemplate, type TemplateFault } from "./compile-template.ts";
import type { MailContext } from "./mail-context.ts";
import { type RenderedMail, renderTemplate } from "./render-template.ts";

export type { MailContext, MailEvent, MailSubmission } from "./mail-context.ts";
export { type RenderedMail, unsubscribeHeaders } from "./render-template.ts";

/** The mail templates of an instance: its own, and the built-in ones it has not replaced. */
export interface Templates {
  /** All names, sorted. */
  names(): string[];
  has(name: string): boolean;
  /** Whether the template asks for confirmation of the address, which makes it a double opt-in. */
  usesConfirmUrl(name: string): boolean;
  /** @throws LeadgateError `not-found` when there is no such template. */
  render(name: string, context: MailContext): RenderedMail;
}

/** The build copies this folder to the same place beside the compiled file. */
const BUILT_IN = fileURLToPath(new URL("./templates-builtin/", import.meta.url));
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$/;

interface Found {
  html?: { file: string; content: string };
  text?: { file: string; content: string };
}

/**
 * Reads, checks and compiles every template, once; nothing is read again later.
 *
 * @param options.directory the instance's own templates. One of the same name replaces a built-in whole, with its text
 *   part; a folder that does not exist has none. Asynchronous only because MJML is.
 * @throws LeadgateError `bad-setting` with every fault of every file, each with `file:line` as its path.
 */
export async function loadTemplates({ directory }: { directory?: string | undefined } = {}): Promise<Templates> {
  const faults: TemplateFault[] = [];
  const found = new Map([...read(BUILT_IN, faults), ...(directory ? read(directory, faults) : [])]);
  const compiled = new Map<string, CompiledTemplate>();
  for (const [name, { html, text }] of found) {
    if (html === undefined) {
      faults.push({ path: `${text?.file}:1`, message: `there is no ${name}.liquid beside this text part` });
      continue;
    }
    const result = await compileTemplate({ html, text });
    if (Array.isArray(result)) faults.push(...result);
    else compiled.set(name, result);
  }
  if (faults.length > 0) {
    const told = faults.map(({ path, message }) => `${path}: ${message}`).join("\n");
    throw new LeadgateError("bad-setting", `mail templates cannot be used:\n${told}`, { faults });
  }
  return new CompiledTemplates(compiled);
}

class CompiledTemplates implements Templates {
  constructor(private readonly compiled: ReadonlyMap<string, CompiledTemplate>) {}

  names(): string[] {
    return [...this.compiled.keys()].sort();
  }

  has(name: string): boolean {
    return this.compiled.has(name);
  }

  usesConfirmUrl(name: string): boolean {
    return this.compiled.get(name)?.usesConfirmUrl ?? false;
  }

  render(name: string, context: MailContext): RenderedMail {
    const template = this.compiled.get(name);
    if (template === undefined) throw new LeadgateError("not-found", `there is no mail template \`${name}\``);
    return renderTemplate(template, context);
  }
}

function read(directory: string, faults: TemplateFault[]): Map<string, Found> {
  const found = new Map<string, Found>();
  if (!existsSync(directory)) return found;
  for (const entry of readdirSync(directory).sort()) {
    if (!entry.endsWith(".liquid") || entry.startsWith(".")) continue;
    const isText = entry.endsWith(".txt.liquid");
    const name = entry.slice(0, isText ? -".txt.liquid".length : -".liquid".length);
    const file = join(directory, entry);
    if (!NAME.test(name)) {
      faults.push({ path: `${file}:1`, message: "a template's name is letters, digits, `-` and `_`, at most 64" });
      continue;
    }
    const part = { file, content: readFileSync(file, "utf8") };
    found.set(name, { ...found.get(name), ...(isText ? { text: part } : { html: part }) });
  }
  return found;
}
