import { compile } from "html-to-text";
import type { Template } from "liquidjs";
import { type CompiledTemplate, ENGINES } from "./compile-template.ts";
import { addHtmlFooter, addTextFooter } from "./footer.ts";
import { type MailContext, toScope } from "./mail-context.ts";
import { escapeHtml, printable, settleHtml } from "./untrusted.ts";

/** A mail ready to be handed to a sender. No header in it holds a line break. */
export interface RenderedMail {
  readonly subject: string;
  readonly html: string;
  readonly text: string;
  readonly from?: string;
  readonly replyTo?: string;
  readonly headers?: Record<string, string>;
}

/** Longer ones are cut off by every mail client anyway. */
const SUBJECT_MAX_CHARACTERS = 150;
const ADDRESS = /^[^\s<>@,;:"]{1,64}@[^\s<>@,;:"]{3,253}$/u;

const toText = compile({
  wordwrap: 78,
  selectors: [
    { selector: "a", options: { hideLinkHrefIfSameAsText: true, linkBrackets: false, ignoreHref: false } },
    { selector: "img", format: "skip" },
    { selector: "[data-text=skip]", format: "skip" },
    { selector: "h1", options: { uppercase: false } },
    { selector: "h2", options: { uppercase: false } },
    { selector: "table.data", format: "dataTable", options: { uppercaseHeaderCells: false, maxColumnWidth: 56 } },
  ],
});

/** Writes one mail: subject, HTML and text, with every value from outside made harmless in each. */
export function renderTemplate(template: CompiledTemplate, context: MailContext): RenderedMail {
  const scope = toScope(context, { omitLinks: false });
  const headerScope = toScope(context, { omitLinks: true });
  const html = settleHtml(ENGINES.html.renderSync(template.html, scope)).trim();
  const text = template.text === undefined ? toText(html) : ENGINES.text.renderSync(template.text, scope).trim();
  const replyTo = replyAddress(template.replyTo, headerScope, context);
  return {
    subject: toSubject(ENGINES.header.renderSync(template.subject, headerScope)),
    html: addHtmlFooter(html, missing(html, escapeHtml, template.saysAddress.html, context)),
    text: addTextFooter(text, missing(text, String, template.saysAddress.text, context)),
    ...(template.from === undefined ? {} : { from: template.from }),
    ...(replyTo === undefined ? {} : { replyTo }),
    ...(context.audience === "lead" ? { headers: unsubscribeHeaders(context.unsubscribeUrl) } : {}),
  };
}

/** A mail to the team is answered to the lead, unless the template says otherwise. */
function replyAddress(replyTo: Template[] | undefined, scope: object, context: MailContext): string | undefined {
  const fallback = context.audience === "team" ? (context.lead.emailAsGiven ?? context.lead.email) : "";
  const address = replyTo === undefined ? fallback : String(ENGINES.header.renderSync(replyTo, scope)).trim();
  return ADDRESS.test(address) ? address : undefined;
}

/** What of the footer the mail does not say yet. Looked up in the mail itself: a link inside an `if` may be missing. */
function missing(body: string, inBody: (text: string) => string, saysAddress: boolean, context: MailContext) {
  if (context.audience === "team") return {};
  const { unsubscribeUrl, instance } = context;
  return {
    unsubscribeUrl: body.includes(inBody(unsubscribeUrl)) ? undefined : unsubscribeUrl,
    postalAddress: saysAddress ? undefined : (instance.postalAddress ?? undefined),
  };
}

/** RFC 8058: what lets a mail client offer its own unsubscribe button. */
export function unsubscribeHeaders(url: string): Record<string, string> {
  return { "List-Unsubscribe": `<${url}>`, "List-Unsubscribe-Post": "List-Unsubscribe=One-Click" };
}

function toSubject(rendered: string): string {
  const characters = [...printable(rendered).replace(/\s+/gu, " ").trim()];
  if (characters.length === 0) return "(no subject)";
  if (characters.length <= SUBJECT_MAX_CHARACTERS) return characters.join("");
  return `${characters
    .slice(0, SUBJECT_MAX_CHARACTERS - 1)
    .join("")
    .trimEnd()}…`;
}
