// Every regular expression that stands in the sources, found by a parser.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ts } from "@ts-morph/common";

const SOURCES = fileURLToPath(new URL("../../../src/", import.meta.url));

/** @returns each distinct pattern with the place it stands at first. */
export function findPatterns() {
  const found = new Map();
  for (const file of readdirSync(SOURCES, { recursive: true })) {
    if (!/\.(ts|js)$/.test(file) || file.includes("generated")) continue;
    const text = readFileSync(join(SOURCES, file), "utf8");
    const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
    const visit = (node) => {
      if (ts.isRegularExpressionLiteral(node) && !found.has(node.text)) {
        const line = source.getLineAndCharacterOfPosition(node.getStart()).line + 1;
        found.set(node.text, { literal: node.text, place: `${file}:${line}`, expression: toExpression(node.text) });
      }
      ts.forEachChild(node, visit);
    };
    visit(source);
  }
  return [...found.values()];
}

function toExpression(literal) {
  const end = literal.lastIndexOf("/");
  return new RegExp(literal.slice(1, end), literal.slice(end + 1));
}
