import type { Liquid, Template, Variable } from "liquidjs";
import type { LineFault } from "./front-matter.ts";
import { KNOWN_VARIABLES } from "./mail-context.ts";

/** What Liquid itself lets one ask of a text or a list. */
const OF_ANY_VALUE = new Set<unknown>(["size", "first", "last"]);

/** The faults of a parsed template: each use of a name that no mail will ever have. */
export function checkVariables(engine: Liquid, parsed: Template[]): LineFault[] {
  const { globals } = engine.analyzeSync(parsed, { partials: false });
  return Object.values(globals)
    .flat()
    .filter((variable) => !isKnown(variable))
    .map((variable) => ({ line: variable.location.row, message: explain(variable) }));
}

/** Whether a parsed template uses a variable, such as `confirmUrl` or `instance.postalAddress`. */
export function usesVariable(engine: Liquid, parsed: Template[], path: string): boolean {
  return engine.globalFullVariablesSync(parsed, { partials: false }).includes(path);
}

function isKnown({ segments }: Variable): boolean {
  let known: unknown = KNOWN_VARIABLES;
  for (const segment of segments) {
    if (known === "any") return true;
    // `lead[name]`: which one is known only when the mail is written. An unknown one then prints as nothing.
    if (typeof segment === "object") return true;
    if (known === true) return OF_ANY_VALUE.has(segment);
    if (!Object.hasOwn(known as object, segment)) return false;
    known = (known as Record<string, unknown>)[segment];
  }
  return true;
}

function explain(variable: Variable): string {
  const name = String(variable);
  const wanted = plainName(name);
  const meant = allNames(KNOWN_VARIABLES).find((candidate) => plainName(candidate) === wanted);
  return `unknown variable \`${name}\`${meant ? `; did you mean \`${meant}\`?` : ""}`;
}

/** Case and underscores apart, as in `first_name` for `firstName`. */
const plainName = (name: string) => name.replace(/[_-]/g, "").toLowerCase();

function allNames(known: object, prefix = ""): string[] {
  return Object.entries(known).flatMap(([name, inner]) =>
    typeof inner === "object" ? allNames(inner, `${prefix}${name}.`) : [prefix + name],
  );
}
