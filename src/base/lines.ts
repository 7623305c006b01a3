/**
 * Splits text that comes in pieces at line feeds alone: JSON may hold U+2028, which Node's own reader of lines takes for
 * the end of one. What stands behind the last line feed is a line too, unless it is empty.
 */
export async function* linesIn(chunks: AsyncIterable<string>): AsyncGenerator<string, undefined> {
  let rest = "";
  for await (const chunk of chunks) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}
