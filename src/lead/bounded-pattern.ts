/**
 * A regular expression whose worst case is known before it runs, for `matches` in conditions.
 *
 * V8's engine backtracks, and here the pattern is the owner's while the text is a stranger's. A pattern in which
 * nothing that varies stands inside a repeated group costs at most (length of text) ^ (number of varying places).
 */
export interface BoundedPattern {
  readonly expression: RegExp;
  /** Steps that a text of this many UTF-16 units can cost at most, within a small factor. */
  worstCost(textLength: number): number;
}

const MAX_PATTERN_LENGTH = 200;

/**
 * @returns the pattern, ready to run.
 * @throws SyntaxError saying what is not allowed, or that it is no regular expression at all.
 */
export function toBoundedPattern(source: string): BoundedPattern {
  if (source.length > MAX_PATTERN_LENGTH)
    throw new SyntaxError(`a pattern has at most ${MAX_PATTERN_LENGTH} characters`);
  const expression = new RegExp(source, "u");
  const beginsAnywhere = !source.startsWith("^") || source.includes("|");
  const varying = countVarying(source) + (beginsAnywhere ? 1 : 0);
  return { expression, worstCost: (textLength) => Math.max(textLength, 2) ** Math.max(varying, 1) };
}

/** How many places of the pattern can match in more than one way; one inside a repeated group is refused. */
function countVarying(source: string): number {
  const signs = source.replace(/\\./gsu, withoutMeaning).replace(/\[[^\]]*\]/gu, "x");
  const varyingAtOpening: number[] = [];
  let varying = 0;
  for (let at = 0; at < signs.length; at++) {
    const sign = signs[at]!;
    if (sign === "(") {
      const isSpecial = signs[at + 1] === "?";
      if (isSpecial && signs[at + 2] !== ":")
        throw new SyntaxError("only plain and (?: groups are allowed in a pattern");
      if (isSpecial) at += 2;
      varyingAtOpening.push(varying);
    } else if (sign === ")") {
      const varyingInside = varying - (varyingAtOpening.pop() ?? 0);
      if (varyingInside > 0 && "*+?{".includes(signs[at + 1] ?? " ")) {
        throw new SyntaxError("a repeated group may hold no repetition, option or alternative of its own");
      }
    } else if ("*+?{|".includes(sign)) {
      varying++;
    }
  }
  return varying;
}

function withoutMeaning(escaped: string): string {
  if (/^\\[1-9k]/u.test(escaped)) throw new SyntaxError("a pattern may not refer back to a group");
  return "x";
}
