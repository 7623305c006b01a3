import { isAlias, isMap, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { z } from "zod";
import { ConfigurationSchema, type FollowUp, type SourceSettings } from "./configuration-schema.ts";
import { type FieldFault, LeadgateError } from "./errors.ts";

/** What `leadgate.config.yaml` says, as plain data. */
export interface ConfigurationFile {
  /** Its name as it is told in faults. */
  readonly file: string;
  /** Whether plus tags and Gmail's dots make no difference between two addresses. */
  readonly email: { readonly foldPlus: boolean; readonly foldGmailDots: boolean };
  /** By slug. Undefined when the file names none: then any slug is accepted. */
  readonly sources: ReadonlyMap<string, SourceSettings> | undefined;
  /** Conditions are still text: `lead/rules` compiles them. Undefined: the one rule that is there without a file. */
  readonly followUps: readonly FollowUp[] | undefined;
  /** The line of a setting such as `followUps[0].when`, or of the nearest one around it. */
  lineOf(path: string): number;
}

/** A fault that is known once the lines are: what `path` is, and the place in the text to tell it at. */
interface PlacedFault extends FieldFault {
  readonly line: number;
}

/**
 * Reads the configuration file (contract, section 3): YAML 1.2, with `${NAME}` in string values replaced from the
 * environment (`$${` stays `${`), checked, defaults filled in.
 *
 * @param file how the file is called in faults, such as `leadgate.config.yaml`.
 * @throws LeadgateError `bad-setting` with every fault: its `path` is `file:line: path`, its `message` the reason.
 */
export function parseConfiguration(
  text: string,
  file: string,
  env: Readonly<Record<string, string | undefined>>,
): ConfigurationFile {
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const lineAt = (offset: number) => counter.linePos(offset).line || 1;
  refuse(
    file,
    [...document.errors, ...document.warnings].map(({ pos, message }) => ({ path: "", line: lineAt(pos[0]), message })),
  );

  const walked = walk(document.contents, lineAt, env);
  const checked = ConfigurationSchema.safeParse(plainData(document, file));
  const faults = [...walked.faults];
  if (!checked.success) faults.push(...checked.error.issues.flatMap((issue) => faultsOf(issue, walked.lines)));
  refuse(file, faults);

  const { email, sources, followUps } = checked.data!;
  return {
    file,
    email,
    sources: sources && new Map(Object.entries(sources)),
    followUps,
    lineOf: (path) => lineOf(walked.lines, path),
  };
}

/** A fault found later by someone who knows more (a condition that doesn't compile), told as the others are. */
export function faultAt(configuration: ConfigurationFile, path: string, message: string): LeadgateError {
  return errorOf(configuration.file, [{ path, line: configuration.lineOf(path), message }]);
}

function refuse(file: string, faults: readonly PlacedFault[]): void {
  if (faults.length > 0) throw errorOf(file, faults);
}

function errorOf(file: string, placed: readonly PlacedFault[]): LeadgateError {
  const faults = placed
    .toSorted((one, other) => one.line - other.line)
    .map(({ path, line, message }) => ({
      path: path === "" ? `${file}:${line}` : `${file}:${line}: ${path}`,
      message,
    }));
  const lines = faults.map(({ path, message }) => `${path}: ${message}`);
  return new LeadgateError("bad-setting", lines.join("\n"), { faults });
}

function plainData(document: ReturnType<typeof parseDocument>, file: string): unknown {
  try {
    return document.toJS() ?? {};
  } catch (error) {
    throw errorOf(file, [{ path: "", line: 1, message: (error as Error).message }]);
  }
}

/** Notes the line of every setting by its path, and replaces `${NAME}` where it stands. */
function walk(
  root: Node | null,
  lineAt: (offset: number) => number,
  env: Readonly<Record<string, string | undefined>>,
) {
  const lines = new Map<string, number>();
  const faults: PlacedFault[] = [];
  const visit = (node: unknown, path: string, line: number): void => {
    lines.set(path, line);
    if (isMap(node)) {
      for (const { key, value } of node.items as Pair<Node, Node | null>[]) {
        const name = isScalar(key) ? String(key.value) : String(key);
        const keyLine = lineAt(key.range?.[0] ?? 0);
        // Objects of JavaScript treat this key apart, and zod leaves it out without a word.
        if (name === "__proto__")
          faults.push({ path: pathText([name], path), line: keyLine, message: "unknown setting" });
        visit(value, pathText([name], path), keyLine);
      }
    } else if (isSeq(node)) {
      for (const [index, item] of (node.items as Node[]).entries()) {
        visit(item, pathText([index], path), lineAt(item.range?.[0] ?? 0));
      }
    } else if (isScalar(node) && typeof node.value === "string") {
      const told = (message: string) => faults.push({ path, line, message });
      node.value = substitute(node.value, env, told);
    } else if (isAlias(node)) {
      lines.set(path, line);
    }
  };
  visit(root, "", 1);
  return { lines, faults };
}

function substitute(
  text: string,
  env: Readonly<Record<string, string | undefined>>,
  fault: (message: string) => void,
): string {
  return text.replace(/(\$\$?)\{([^}]*\}?)/g, (whole, dollars: string, rest: string) => {
    if (dollars === "$$") return `\${${rest}`;
    const name = /^([A-Za-z_][A-Za-z0-9_]*)\}$/.exec(rest)?.[1];
    if (name === undefined) {
      fault("a dollar and a brace begin the name of an environment variable; a second dollar before them stops that");
      return whole;
    }
    const value = Object.hasOwn(env, name) ? env[name] : undefined;
    if (value === undefined) fault(`the environment variable ${name} is not set`);
    return value ?? whole;
  });
}

function faultsOf(issue: z.core.$ZodIssue, lines: ReadonlyMap<string, number>): PlacedFault[] {
  const placed = (path: readonly PropertyKey[], message: string) => {
    const text = pathText(path);
    return { path: text, line: lineOf(lines, text), message };
  };
  if (issue.code === "unrecognized_keys") {
    const messages = issue.message.split("\n");
    return issue.keys.map((key, index) => placed([...issue.path, key], messages[index] ?? issue.message));
  }
  const isMissing = issue.code === "invalid_type" && issue.message.endsWith("received undefined");
  return [placed(issue.path, isMissing ? "is missing" : issue.message)];
}

/** `followUps[0].when`, `sources.contact.map.utm.source`. */
function pathText(path: readonly PropertyKey[], before = ""): string {
  return path.reduce<string>((text, step) => {
    if (typeof step === "number") return `${text}[${step}]`;
    return text === "" ? String(step) : `${text}.${String(step)}`;
  }, before);
}

function lineOf(lines: ReadonlyMap<string, number>, path: string): number {
  for (let around = path; around !== ""; around = around.replace(/(?:^|\.|\[)[^.[]*$/, "")) {
    const line = lines.get(around);
    if (line !== undefined) return line;
  }
  return 1;
}
