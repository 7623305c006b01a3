import { Environment } from "@marcbachmann/cel-js";
import { LeadgateError } from "../base/errors.ts";
import { rewriteCondition } from "./condition-rewrite.ts";

/** What came of a condition. With `fault` it could not be evaluated, which counts as no match and is told. */
export interface ConditionResult {
  readonly matched: boolean;
  readonly fault?: string;
}

export interface Condition {
  /** As it stands in the configuration. */
  readonly source: string;
  /** Never throws. A variable that is missing from the context is null. */
  matches(context: Readonly<Record<string, unknown>>): ConditionResult;
}

const MAX_SOURCE_LENGTH = 4_000;
const LIMITS = { maxAstNodes: 1_000, maxDepth: 50, maxListElements: 200, maxMapEntries: 50, maxCallArguments: 8 };
/** Each field read becomes a call, which nests deeper than what was written. */
const REWRITTEN_LIMITS = { ...LIMITS, maxAstNodes: 20_000, maxDepth: 500 };
/** What one evaluation may cost: 10,000 turns of loops, nested ones counted together, or as much in patterns. */
const MAX_COST = 5_000_000;
const STEP_COST = 500;
/** One for all, because loops that go on after a fault throw it thousands of times. */
const EXHAUSTED = new RangeError("the condition takes too long on this");
/** What lies deeper in a payload is not seen by conditions. */
const MAX_DEPTH = 64;

/**
 * Compiles a condition of the configuration, in CEL (github.com/google/cel-spec), over JSON values.
 *
 * It differs from plain CEL where the contract does: a field that is absent, at any depth, is null instead of an error,
 * and numbers of either kind may be mixed, since JSON has one. Its cost is bounded: loops together make 10,000 turns,
 * `matches` takes a literal pattern without nested repetition, and `cel.bind` is not offered.
 *
 * @param variables the names it may use, each of any type.
 * @throws LeadgateError `bad-setting`, telling the column, when it does not parse, names an unknown variable or function,
 *   or can't give true or false.
 */
export function compileCondition(source: string, variables: readonly string[]): Condition {
  if (source.length > MAX_SOURCE_LENGTH) {
    throw new LeadgateError("bad-setting", `a condition has at most ${MAX_SOURCE_LENGTH} characters`);
  }
  const checked = checkedTree(source, variables);
  const { text, patterns } = rewriteCondition(source, checked, (message, at) => {
    throw fault(source, at, message);
  });
  let budget = 0;
  const spend = (cost: number) => {
    budget -= cost;
    if (budget < 0) throw EXHAUSTED;
  };
  const environment = environmentWith(variables, REWRITTEN_LIMITS)
    .registerFunction("__get(dyn, dyn): dyn", readField)
    .registerFunction("__step(): bool", () => {
      spend(STEP_COST);
      return true;
    })
    .registerFunction("__matches(string, int): bool", (text: string, index: bigint) => {
      const { expression, worstCost } = patterns[Number(index)]!;
      spend(worstCost(text.length));
      return expression.test(text);
    });
  const evaluate = environment.parse(text);
  return {
    source,
    matches(context) {
      budget = MAX_COST;
      try {
        const value: unknown = evaluate(
          Object.fromEntries(variables.map((name) => [name, toConditionValue(context[name])])),
        );
        if (typeof value === "boolean") return { matched: value };
        return { matched: false, fault: `gave ${describe(value)}, not true or false` };
      } catch (error) {
        return { matched: false, fault: summaryOf(error) };
      }
    },
  };
}

/**
 * A JSON value as conditions read it: objects become Maps of their own keys, so that `constructor` is a key like any
 * other, and keys whose value is null are left out, so that absent and null are one. Applying it twice changes nothing.
 */
export function toConditionValue(value: unknown, depth = 0): unknown {
  if (value === undefined || depth > MAX_DEPTH) return null;
  if (Array.isArray(value)) return value.map((item) => toConditionValue(item, depth + 1));
  if (value === null || typeof value !== "object" || value instanceof Date || value instanceof Map) return value;
  const entries = new Map<string, unknown>();
  for (const key of Object.keys(value)) {
    const item = toConditionValue((value as Record<string, unknown>)[key], depth + 1);
    if (item !== null) entries.set(key, item);
  }
  return entries;
}

/** Parses and type-checks what the owner wrote, before it is rewritten, so that columns are his. */
function checkedTree(source: string, variables: readonly string[]): ReturnType<Environment["parse"]>["ast"] {
  try {
    const parsed = environmentWith(variables, LIMITS).parse(source);
    const { error, type, valid } = parsed.check();
    if (!valid) throw error;
    if (type !== "bool" && type !== "dyn") throw fault(source, 0, `gives ${type}, not true or false`);
    return parsed.ast;
  } catch (error) {
    if (error instanceof LeadgateError) throw error;
    const at = (error as { range?: { start: number } }).range?.start ?? 0;
    const known = summaryOf(error).startsWith("Unknown variable") ? `; there are ${variables.join(", ")}` : "";
    throw fault(source, at, summaryOf(error) + known, error);
  }
}

function environmentWith(variables: readonly string[], limits: Partial<typeof LIMITS>): Environment {
  const environment = new Environment({ homogeneousAggregateLiterals: false, limits });
  for (const name of variables) environment.registerVariable(name, "dyn");
  const arithmetic: Record<string, (left: number, right: number) => number> = {
    "+": (left, right) => left + right,
    "-": (left, right) => left - right,
    "*": (left, right) => left * right,
    "/": (left, right) => left / right,
    "%": (left, right) => left % right,
  };
  for (const [operator, apply] of Object.entries(arithmetic)) {
    const onNumbers = (left: number | bigint, right: number | bigint) => apply(Number(left), Number(right));
    environment.registerOperator(`double ${operator} int: double`, onNumbers);
    environment.registerOperator(`int ${operator} double: double`, onNumbers);
  }
  return environment.registerOperator("double % double: double", arithmetic["%"]!);
}

function readField(from: unknown, key: unknown): unknown {
  if (from === null) return null;
  if (from instanceof Map) return from.get(key) ?? null;
  if (Array.isArray(from) && (typeof key === "bigint" || typeof key === "number")) return from[Number(key)] ?? null;
  if (isMapLiteral(from) && typeof key === "string") return Object.hasOwn(from, key) ? (from[key] ?? null) : null;
  throw new TypeError(`${describe(from)} has no field ${typeof key === "string" ? `'${key}'` : String(key)}`);
}

/** CEL makes plain objects of `{…}` in a condition; whatever comes from a payload is a Map. */
function isMapLiteral(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
}

function describe(value: unknown): string {
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  if (value instanceof Map) return "an object";
  if (typeof value === "number" || typeof value === "bigint") return "a number";
  if (typeof value === "string") return "a text";
  return typeof value === "boolean" ? "true or false" : "a value";
}

function summaryOf(error: unknown): string {
  const { summary, message } = error as { summary?: string; message: string };
  return (summary ?? message).replace(/dyn<(\w+)>/gu, "$1");
}

function fault(source: string, at: number, message: string, cause?: unknown): LeadgateError {
  const before = source.slice(0, at);
  const line = before.split("\n").length;
  const column = at - before.lastIndexOf("\n");
  const where = line > 1 ? `line ${line}, column ${column}` : `column ${column}`;
  return new LeadgateError("bad-setting", `${where}: ${message}`, { cause });
}
