/** Where in an HTML document a reader stands: enough of the tokenizer to tell text from attributes. */
export interface HtmlPosition {
  state: "text" | "comment" | "tag" | "value" | "code";
  /** Lower-case name of the tag being read. */
  tag: string;
  /** What of the current tag has been read, for the attribute's name before a quote. */
  tagText: string;
  quote: string;
  /** Lower-case name of the attribute whose value is being read, and that value so far. */
  attribute: string;
  value: string;
  /** The rest of this attribute's value is to be left out. */
  skipping: boolean;
}

/** The position at the beginning of a document. */
export function startPosition(): HtmlPosition {
  return { state: "text", tag: "", tagText: "", quote: "", attribute: "", value: "", skipping: false };
}

/**
 * Reads the author's own markup on from a position, which it moves.
 *
 * @returns that markup, without what an attribute being skipped would still have had.
 */
export function settlePosition(position: HtmlPosition, markup: string): string {
  let out = "";
  let at = 0;
  while (at < markup.length) {
    const next = STEPS[position.state](position, markup, at);
    if (!position.skipping) out += markup.slice(at, next);
    at = next;
  }
  return out;
}

type Step = (position: HtmlPosition, markup: string, at: number) => number;

/** The index of `needle`, or the end of the markup. */
const find = (markup: string, needle: string, at: number) => {
  const found = markup.indexOf(needle, at);
  return found < 0 ? markup.length : found;
};

const STEPS: Record<HtmlPosition["state"], Step> = {
  text(position, markup, at) {
    const open = find(markup, "<", at);
    if (open === markup.length) return open;
    if (markup.startsWith("<!--", open)) {
      position.state = "comment";
      return open + 4;
    }
    const name = /^<\/?[a-z][^\s/>]*/i.exec(markup.slice(open, open + 64))?.[0];
    if (name === undefined) return open + 1;
    Object.assign(position, { state: "tag", tag: name.slice(1).toLowerCase(), tagText: "" });
    return open + name.length;
  },

  comment(position, markup, at) {
    const close = find(markup, "-->", at);
    if (close < markup.length) position.state = "text";
    return Math.min(close + 3, markup.length);
  },

  tag(position, markup, at) {
    const character = markup.charAt(at);
    if (character === ">") {
      position.state = position.tag === "style" || position.tag === "script" ? "code" : "text";
    } else if (character === '"' || character === "'") {
      const name = /([^\s"'=/]+)\s*=\s*$/.exec(position.tagText.slice(-64))?.[1] ?? "";
      Object.assign(position, { state: "value", quote: character, attribute: name.toLowerCase(), value: "" });
    } else {
      position.tagText += character;
    }
    return at + 1;
  },

  value(position, markup, at) {
    const close = find(markup, position.quote, at);
    position.value += markup.slice(at, close);
    if (close === markup.length) return close;
    if (close > at) return close;
    Object.assign(position, { state: "tag", skipping: false, tagText: "" });
    return close + 1;
  },

  code(position, markup, at) {
    const close = find(markup, `</${position.tag}`, at);
    if (close === markup.length) return close;
    position.state = "text";
    return close;
  },
};
