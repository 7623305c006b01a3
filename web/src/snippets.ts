/** An HTML form that posts to a form source; the hidden field gives robots away. */
export function formSnippet(url: string, source: string, honeypot = "_gotcha", redirect?: string): string {
  const target =
    redirect === undefined ? "" : `\n  <input type="hidden" name="_redirect" value="${escaped(redirect)}">`;
  return `<form method="post" action="${url}/forms/${source}">
  <label>Name <input name="name" autocomplete="name"></label>
  <label>E-mail <input name="email" type="email" autocomplete="email" required></label>
  <label>Message <textarea name="message"></textarea></label>
  <label><input name="consent" type="checkbox"> You may write to me</label>
  <input name="${escaped(honeypot)}" hidden tabindex="-1" autocomplete="off">${target}
  <button>Send</button>
</form>`;
}

/** A request for a shell; of a webhook with the secret to be filled in. */
export function curlSnippet(url: string, source: string, kind: "form" | "webhook"): string {
  const secret = kind === "webhook" ? ` \\\n  -H "Authorization: Bearer $LEADGATE_SECRET"` : "";
  const path = kind === "form" ? "forms" : "webhooks";
  return `curl ${url}/${path}/${source}${secret} \\
  -H "Content-Type: application/json" \\
  -d '{"email": "ann@example.com", "name": "Ann Example", "message": "Hello"}'`;
}

/** The same for own code: canonical names, a key with the scope ingest. */
export function apiSnippet(url: string): string {
  return `curl ${url}/v1/leads \\
  -H "Authorization: Bearer $LEADGATE_KEY" \\
  -H "Content-Type: application/json" \\
  -H "Idempotency-Key: signup-1042" \\
  -d '{"email": "ann@example.com", "firstName": "Ann", "company": "Example Ltd"}'`;
}

/** What to click in Zapier. */
export function zapierSteps(url: string, source: string): string[] {
  return [
    "Make a Zap and choose your trigger: the form, the ad platform, the spreadsheet.",
    "As its action choose “Webhooks by Zapier”, event “POST”.",
    `URL: ${url}/webhooks/${source}`,
    "Payload type: json. Data: add email, name, phone and whatever else the trigger offers; any names will do.",
    "Headers: Authorization with the value Bearer and the source's secret, or a key with the scope ingest.",
    "Test the step. The lead appears under Leads, and a repeated test is known again.",
  ];
}

function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}
