import { escapeHtml } from "./untrusted.ts";

/** What a mail to a lead has still to say at its end. */
interface FooterParts {
  readonly unsubscribeUrl?: string | undefined;
  readonly postalAddress?: string | undefined;
}

const GREY = "color:#636a76";
/** Where `prefers-color-scheme` is understood the grey is lifted; elsewhere it is readable on either ground. */
const STYLE = "<style>@media (prefers-color-scheme:dark){.lg-foot,.lg-foot a{color:#9ca3af!important}}</style>";

/** Puts the footer at the end of an HTML mail, inside its body. */
export function addHtmlFooter(html: string, { unsubscribeUrl, postalAddress }: FooterParts): string {
  if (unsubscribeUrl === undefined && postalAddress === undefined) return html;
  const address = postalAddress && escapeHtml(postalAddress.trim()).replace(/\s*\n\s*/g, "<br>");
  const link =
    unsubscribeUrl &&
    `<a href="${escapeHtml(unsubscribeUrl)}" style="${GREY};text-decoration:underline">Unsubscribe</a>`;
  const footer = `${STYLE}<div class="lg-foot" style="max-width:560px;margin:0 auto;padding:0 24px 32px;text-align:center;font:13px/1.6 -apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif;${GREY}">${[address, link].filter(Boolean).join("<br>")}</div>`;
  const end = html.toLowerCase().lastIndexOf("</body");
  return end < 0 ? `${html}\n${footer}` : `${html.slice(0, end)}${footer}\n${html.slice(end)}`;
}

/** Puts the footer at the end of a plain-text mail, after the customary line of two dashes. */
export function addTextFooter(text: string, { unsubscribeUrl, postalAddress }: FooterParts): string {
  const lines = [postalAddress?.trim(), unsubscribeUrl && `Unsubscribe: ${unsubscribeUrl}`].filter(Boolean);
  return lines.length === 0 ? text : `${text.trimEnd()}\n\n-- \n${lines.join("\n")}\n`;
}
