import type { LineFault } from "./front-matter.ts";

/** An output or a tag of Liquid. Only asked of text that Liquid has already parsed, so each is closed. */
const LIQUID = /\{\{[\s\S]*?\}\}|\{%[\s\S]*?%\}/g;
const STAND_IN = /LQ(\d+)Z/g;

/** Whether a template's body is MJML. */
export function isMjml(body: string): boolean {
  return /^\s*<mjml[\s>]/.test(body);
}

/**
 * Compiles MJML to HTML once, with the Liquid in it kept for each rendering.
 *
 * MJML sees a plain word in place of each piece of Liquid, so it can neither escape, reorder nor reformat it.
 * It drops text between its own elements, though; a piece lost that way is a fault, not a mail with a hole in it.
 */
export async function compileMjml(body: string): Promise<{ html: string; faults: LineFault[] }> {
  // Loaded here alone: most instances have no MJML, and it is the slowest import there is.
  const { default: mjml2html } = await import("mjml");
  const pieces: { text: string; line: number }[] = [];
  const source = body.replace(LIQUID, (text, offset: number) => {
    pieces.push({ text, line: body.slice(0, offset).split("\n").length });
    return `LQ${pieces.length - 1}Z`;
  });
  try {
    // No fonts: MJML would have every mail fetch its default from Google. Includes stay off.
    const { html, errors } = await mjml2html(source, { fonts: {}, ignoreIncludes: true, validationLevel: "soft" });
    const kept = new Set([...html.matchAll(STAND_IN)].map(([, index]) => Number(index)));
    const lost = pieces.filter((_, index) => !kept.has(index));
    const faults = [
      ...errors.map(({ line, message, tagName }) => ({ line, message: `<${tagName}>: ${message}` })),
      ...lost.map(({ text, line }) => ({ line, message: `MJML drops ${text} here; put it inside <mj-raw>` })),
    ];
    return { html: html.replace(STAND_IN, (_, index: string) => pieces[Number(index)]?.text ?? ""), faults };
  } catch (error) {
    return { html: "", faults: [{ line: 1, message: `not readable as MJML: ${(error as Error).message}` }] };
  }
}
