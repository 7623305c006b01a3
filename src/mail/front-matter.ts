import { isMap, isScalar, LineCounter, parseDocument } from "yaml";

/** One text of the front matter, with the line it begins on. */
export interface FrontMatterText {
  readonly text: string;
  readonly line: number;
}

/** A place in a file and what is wrong there. */
export interface LineFault {
  readonly line: number;
  readonly message: string;
}

interface FrontMatter {
  readonly fields: ReadonlyMap<string, FrontMatterText>;
  /** What follows the front matter, moved down by blank lines so that its line numbers are those of the file. */
  readonly body: string;
  readonly faults: readonly LineFault[];
}

const FIELDS = ["subject", "from", "replyTo"];

/** Splits a template file into its front matter (YAML between two `---` lines, at the top) and its body. */
export function parseFrontMatter(file: string): FrontMatter {
  const lines = file
    .replace(/^\uFEFF/, "")
    .replace(/\r\n?/g, "\n")
    .split("\n");
  const end = lines[0]?.trim() === "---" ? lines.findIndex((line, index) => index > 0 && line.trim() === "---") : 0;
  if (end < 0)
    return {
      fields: new Map(),
      body: "",
      faults: [{ line: 1, message: "the front matter is not closed: put a line of three dashes after it" }],
    };
  if (end === 0) return { fields: new Map(), body: lines.join("\n"), faults: [] };
  // A blank line in place of the first dashes keeps YAML's own line numbers those of the file.
  const { fields, faults } = readFields(`\n${lines.slice(1, end).join("\n")}\n`);
  return { fields, faults, body: "\n".repeat(end + 1) + lines.slice(end + 1).join("\n") };
}

function readFields(yaml: string): { fields: Map<string, FrontMatterText>; faults: LineFault[] } {
  const lineCounter = new LineCounter();
  const document = parseDocument(yaml, { lineCounter, prettyErrors: false });
  const line = (offset: number | undefined) => lineCounter.linePos(offset ?? 0).line;
  const fields = new Map<string, FrontMatterText>();
  const faults = document.errors.map((error) => ({ line: line(error.pos[0]), message: error.message }));
  if (faults.length > 0) return { fields, faults };
  if (document.contents !== null && !isMap(document.contents)) {
    faults.push({ line: 2, message: "the front matter must be `name: value` lines" });
  }
  for (const { key, value } of isMap(document.contents) ? document.contents.items : []) {
    const name = isScalar(key) ? String(key.value) : "";
    const at = line(isScalar(key) ? key.range?.[0] : 0);
    if (!FIELDS.includes(name))
      faults.push({ line: at, message: `unknown front matter \`${name}\`; known are ${FIELDS.join(", ")}` });
    else if (!isScalar(value) || typeof value.value !== "string")
      faults.push({ line: at, message: `\`${name}\` must be text; put it in quotes` });
    else fields.set(name, { text: value.value, line: line(value.range?.[0]) });
  }
  return { fields, faults };
}
