import { createHash } from "node:crypto";
import type { FieldFault } from "../base/errors.ts";
import { escapeHtml } from "../mail/untrusted.ts";

const STYLE = `
:root{color-scheme:light dark;--ground:#f3f4f6;--card:#fff;--line:#e5e7eb;--ink:#111827;--text:#374151;--quiet:#6b7280;--blue:#1d4ed8;--press:#1e40af;--good:#047857;--goodground:#d1fae5;--bad:#b91c1c;--badground:#fee2e2;--soft:#dbeafe}
@media (prefers-color-scheme:dark){:root{--ground:#0e1116;--card:#171b22;--line:#2a303a;--ink:#f3f4f6;--text:#d1d5db;--quiet:#9ca3af;--blue:#3b6cf0;--press:#2f5fe0;--good:#6ee7b7;--goodground:#0c3b2e;--bad:#fca5a5;--badground:#451a1d;--soft:#1d2b4f}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;min-height:100svh;display:grid;place-items:center;padding:24px 16px;background:var(--ground);color:var(--text);font:17px/1.6 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{width:100%;max-width:460px;padding:44px 40px;background:var(--card);border:1px solid var(--line);border-radius:16px;text-align:center;overflow-wrap:anywhere}
.mark{display:grid;place-items:center;width:56px;height:56px;margin:0 auto 24px;border-radius:50%;background:var(--soft);color:var(--blue)}
.mark svg{width:28px;height:28px;fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.good .mark{background:var(--goodground);color:var(--good)}
.bad .mark{background:var(--badground);color:var(--bad)}
h1{margin:0 0 12px;color:var(--ink);font-size:26px;line-height:1.25;font-weight:650;letter-spacing:-.01em;text-wrap:balance}
p{margin:0;text-wrap:pretty}
p+p{margin-top:12px}
ul+p{margin-top:20px}
ul{margin:20px 0 0;padding:16px 20px;list-style:none;text-align:left;background:var(--ground);border-radius:10px}
li+li{margin-top:10px}
li b{display:block;color:var(--ink);font-weight:600}
.quiet{color:var(--quiet);font-size:15px}
.reference{font-size:13px}
form{margin:28px 0 0}
button{width:100%;padding:15px 24px;border:0;border-radius:10px;background:var(--blue);color:#fff;font:inherit;font-weight:600;line-height:1.3;cursor:pointer}
button:hover{background:var(--press)}
button:focus-visible{outline:3px solid var(--blue);outline-offset:3px}
@media (max-width:480px){main{padding:36px 24px}h1{font-size:24px}}
@media (forced-colors:active){button{border:1px solid ButtonText}}
`;

/** What these pages need and no more: their one style sheet, by its hash, and forms that post back here. */
export const PAGE_CSP = `default-src 'none'; style-src 'sha256-${createHash("sha256").update(STYLE).digest("base64")}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;

const ICONS = {
  tick: '<path d="m5 12.5 4.5 4.5L19 7.5"/>',
  letter: '<rect x="3" y="5" width="18" height="14" rx="2"/><path d="m3.5 7 8.5 6 8.5-6"/>',
  alert: '<path d="M12 4.5v9.5"/><path d="M12 19.2v.01"/>',
} as const;

interface Page {
  readonly title: string;
  readonly icon: keyof typeof ICONS;
  readonly tone: "good" | "bad" | "plain";
  /** HTML, with every value in it escaped. */
  readonly body: string;
}

/** What somebody sees who has sent a form that names no page of its own. */
export function thankYouPage(): string {
  return layout({
    title: "Thank you",
    icon: "tick",
    tone: "good",
    body: "<p>We have received what you sent. You can close this page.</p>",
  });
}

/** The problem of a refused form post, in words for the person who sent it. */
export function problemPage(problem: {
  readonly title: string;
  readonly detail?: string | undefined;
  readonly faults?: readonly FieldFault[] | undefined;
  /** Shown so that it can be passed on to whoever runs the site. */
  readonly requestId?: string | undefined;
}): string {
  const { title, requestId } = problem;
  const { detail, faults } = saidOnce(problem.detail, problem.faults ?? []);
  const items = faults.map(
    ({ path, message }) => `<li>${path ? `<b>${escapeHtml(path)}</b>` : ""}${escapeHtml(message)}</li>`,
  );
  return layout({
    title,
    icon: "alert",
    tone: "bad",
    body: [
      detail ? `<p>${escapeHtml(detail)}</p>` : "",
      items.length > 0 ? `<ul aria-label="What needs to be changed">${items.join("")}</ul>` : "",
      '<p class="quiet">Go back with your browser to try again; what you typed is usually still there.</p>',
      requestId ? `<p class="quiet reference">Reference: ${escapeHtml(requestId)}</p>` : "",
    ].join("\n"),
  });
}

/** A fault that is all there is to say is said once, several as a list: the detail would only string them together. */
function saidOnce(detail: string | undefined, faults: readonly FieldFault[]) {
  const isRepeated = faults.length > 0 && faults.every(({ message }) => detail?.includes(message));
  if (!isRepeated) return { detail, faults };
  // A whole sentence reads better than the fault in it.
  return faults.length === 1 && detail !== faults[0]!.message ? { detail, faults: [] } : { detail: undefined, faults };
}

/** Asks before it unsubscribes: mail scanners open every link of a mail, and must not unsubscribe anybody. */
export function unsubscribePage({ done, action }: { readonly done: boolean; readonly action: string }): string {
  if (done) {
    const body = "<p>You will get no more email from us at this address.</p>";
    return layout({ title: "You are unsubscribed", icon: "tick", tone: "good", body });
  }
  return layout({
    title: "Unsubscribe?",
    icon: "letter",
    tone: "plain",
    // The field is that of RFC 8058, so that a person's click and a mail client's are the same request.
    body: `<p>We will stop sending email to your address.</p>
<form method="post" action="${escapeHtml(action)}"><input type="hidden" name="List-Unsubscribe" value="One-Click"><button>Unsubscribe</button></form>`,
  });
}

/** Asks before it confirms, for the same reason: only a person's click is consent. */
export function confirmPage({ done, action }: { readonly done: boolean; readonly action: string }): string {
  if (done) {
    const body = "<p>Thank you, your email address is confirmed. You can close this page.</p>";
    return layout({ title: "All done", icon: "tick", tone: "good", body });
  }
  return layout({
    title: "Confirm your email address",
    icon: "letter",
    tone: "plain",
    body: `<p>With this you agree that we may write to you by email. You can unsubscribe at any time.</p>
<form method="post" action="${escapeHtml(action)}"><button>Confirm</button></form>`,
  });
}

function layout({ title, icon, tone, body }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<main class="${tone}">
<div class="mark"><svg viewBox="0 0 24 24" aria-hidden="true">${ICONS[icon]}</svg></div>
<h1>${escapeHtml(title)}</h1>
${body}
</main>
</body>
</html>
`;
}
