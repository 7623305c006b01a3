import type { ASTNode, BinaryOperator } from "@marcbachmann/cel-js";
import { type BoundedPattern, toBoundedPattern } from "./bounded-pattern.ts";

export interface RewrittenCondition {
  /** CEL again, for an environment that has `__get`, `__step` and `__matches`. */
  readonly text: string;
  /** The patterns that `__matches` refers to by their index. */
  readonly patterns: readonly BoundedPattern[];
}

type Refuse = (message: string, at: number) => never;

const LOOPS = new Set(["all", "exists", "exists_one", "map", "filter"]);

/**
 * Writes a checked condition anew so that plain CEL evaluates it by the contract's rules: `a.b` and `a[b]` become
 * `__get(a, b)`, which answers null for what is absent; each turn of a loop passes `__step()`, which counts;
 * `matches` becomes `__matches`, whose cost is bounded.
 *
 * The library's own `serialize` is not used: it drops the brackets of `a - (b - c)` and rounds fractions.
 *
 * @param refuse called for what is not offered, with its place in the source.
 */
export function rewriteCondition(source: string, tree: ASTNode, refuse: Refuse): RewrittenCondition {
  const writer = new Writer(source, refuse);
  const text = writer.write(tree);
  return { text, patterns: writer.patterns };
}

class Writer {
  readonly patterns: BoundedPattern[] = [];

  constructor(
    private readonly source: string,
    private readonly refuse: Refuse,
  ) {}

  write(node: ASTNode): string {
    switch (node.op) {
      case "value":
        return this.source.slice(node.start, node.end);
      case "id":
        if (node.args === "cel") this.refuse("cel.bind is not offered in conditions", node.start);
        return node.args;
      case ".":
        return `__get(${this.write(node.args[0])}, ${JSON.stringify(node.args[1])})`;
      case "[]":
        return `__get(${this.write(node.args[0])}, ${this.write(node.args[1])})`;
      case "call":
        return this.writeCall(node.args[0], node.args[1]);
      case "rcall":
        return this.writeMethod(...node.args);
      case "list":
        return `[${this.writeAll(node.args)}]`;
      case "map":
        return `{${node.args.map(([key, value]) => `${this.write(key)}: ${this.write(value)}`).join(", ")}}`;
      case "?:":
        return `(${this.write(node.args[0])} ? ${this.write(node.args[1])} : ${this.write(node.args[2])})`;
      case "!_":
        return `(!${this.write(node.args)})`;
      case "-_":
        return `(-(${this.write(node.args)}))`;
      case ".?":
      case "[?]":
        return this.refuse("optional fields are not offered: an absent field is null", node.start);
      default:
        return `(${this.writeChain(node, node.op)})`;
    }
  }

  /** `a && b && c` stays without brackets: a long chain must not become a deep one. All operators group to the left. */
  private writeChain(node: ASTNode, operator: BinaryOperator | "&&" | "||"): string {
    if (node.op !== operator) return this.write(node);
    const [left, right] = node.args as [ASTNode, ASTNode];
    return `${this.writeChain(left, operator)} ${operator} ${this.write(right)}`;
  }

  private writeAll(nodes: readonly ASTNode[]): string {
    return nodes.map((node) => this.write(node)).join(", ");
  }

  private writeCall(name: string, parts: readonly ASTNode[]): string {
    if (name === "has") return `(${this.writeAll(parts)} != null)`;
    return `${name}(${this.writeAll(parts)})`;
  }

  private writeMethod(name: string, receiver: ASTNode, parts: readonly ASTNode[]): string {
    if (name === "matches") return `__matches(${this.write(receiver)}, ${this.patternIndex(parts[0]!)})`;
    if (!LOOPS.has(name) || parts.length < 2) return `${this.write(receiver)}.${name}(${this.writeAll(parts)})`;
    const [variable, first, ...rest] = parts;
    const counted = `(__step() ? ${this.write(first!)} : dyn(null))`;
    return `${this.write(receiver)}.${name}(${[this.write(variable!), counted, ...rest.map((part) => this.write(part))].join(", ")})`;
  }

  private patternIndex(node: ASTNode): number {
    if (node.op !== "value" || typeof node.args !== "string")
      this.refuse("matches takes a literal pattern", node.start);
    try {
      return this.patterns.push(toBoundedPattern(node.args as string)) - 1;
    } catch (error) {
      return this.refuse((error as Error).message, node.start);
    }
  }
}
