// Texts of any length that make backtracking or repeated scanning show.

/** What is repeated. */
// biome-ignore format: a table
const UNITS = [
  "a", "A", "aA", "1", "é", "e\u0301", "\u0301", "😀", "ß", " ", "\t", "\n", "\r\n", "a ", "a\n", "\u00a0", "\u200b", "a\u200b", "\0", "\u3164",
  ".", "a.", "a.b.", "。a", ",", "a,", ";", ":", "a:", "/", "//", "a/", "@", "a@", "a@b.", "a@b.co ", "<", ">", "<a", "<a>", "(", ")", "( ", "a(", "()", "[", "]", "[a]", "a[", "{", "{{", "}", "\"", "\\\"", "\\", "'", "`",
  "+", "+1", "1-", "1 ", "1.", "1.1.", "(1)", "-", "--", "_", "__", "a_", "a__", "=", "a=", "&", "a=b&", "%", "%4", "%41", "*", "#", "?", "!", "|", "~", "^", "$",
  "http://", "www.", "mailto:", "xn--", "\u0000a", "\ufffd", "\ud800", "href=\"", "a = ", "Bearer ", "lg_", "T0", "2026-", "e-mail ", "name", "name name", "email_",
];
/** What makes a match fail at the very end, or succeed. */
const TAILS = ["", "!", "\u0000", "a@example.com"];

/** @returns every kind of text, each by its name and as a function of the length. */
export function hostileTexts(units = UNITS) {
  return units.flatMap((unit) =>
    TAILS.map((tail) => ({
      name: JSON.stringify(`${unit}…${tail}`),
      of: (length) => unit.repeat(Math.ceil(length / unit.length)).slice(0, length) + tail,
    })),
  );
}

/** Units made of the characters of a pattern, alone and in pairs. */
export function unitsOf({ literal }) {
  const own =
    literal.replace(/\\[pP]\{[^}]*\}|\\[bBdDsSwW]/g, "").match(/[\p{L}\p{N}@.,:;/\-_ <>'"%=&+#*()[\]]/gu) ?? [];
  const few = [...new Set(own)].slice(0, 5);
  return [...new Set([...UNITS, ...few, ...few.flatMap((one) => few.map((other) => one + other))])];
}
