import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** A customer's own web site: plain pages on an origin of their own, with a form that posts to Leadgate. */
export interface CustomerSite {
  readonly origin: string;
  stop(): Promise<void>;
}

/** @param leadgateUrl known only once both run, since each must know the other's address. */
export async function startCustomerSite(leadgateUrl: () => string): Promise<CustomerSite> {
  const server = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url!, "http://site");
    const form = formPage(`${leadgateUrl()}/forms/${searchParams.get("source") ?? "contact"}`, searchParams);
    const pages: Record<string, string> = { "/form": form, "/thanks": "<h1>The site's own thanks</h1>" };
    const charset = searchParams.get("charset") === "latin1" ? "latin1" : "utf8";
    const page = `<!doctype html><html lang="en"><title>A customer's site</title>${pages[pathname] ?? ""}`;
    response.writeHead(pathname in pages ? 200 : 404, {
      "Content-Type": `text/html; charset=${charset === "latin1" ? "iso-8859-1" : "utf-8"}`,
    });
    response.end(Buffer.from(page, charset));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async stop() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

const SCRIPTS: Record<string, string> = {
  cors: `const answer = await fetch(form.action, { method: "POST", body: new FormData(form) });
    const said = await answer.json();
    document.querySelector("output").textContent = said.ok ? "sent " + said.submissionId : said.title;`,
  "no-cors": `await fetch(form.action, { method: "POST", mode: "no-cors", body: new FormData(form) });
    document.querySelector("output").textContent = "sent";`,
};

function formPage(action: string, options: URLSearchParams): string {
  const script = SCRIPTS[options.get("script") ?? ""];
  const multipart = options.has("file") ? ' enctype="multipart/form-data"' : "";
  return `<h1>Write to us</h1>
<form method="post" action="${action}" novalidate${multipart}>
<label>Prénom <input name="Prénom"></label>
<label>E-mail <input name="email" type="email"></label>
<label>Message <textarea name="message"></textarea></label>
<label><input type="checkbox" name="consent"> You may write to me</label>
${options.has("file") ? '<label>CV <input type="file" name="cv"></label>' : ""}
<input name="_gotcha" style="display:none" tabindex="-1" autocomplete="off">
<button>Send</button>
</form><output></output>
${
  script
    ? `<script type="module">const form = document.querySelector("form");
form.addEventListener("submit", async (event) => { event.preventDefault(); try { ${script} } catch (error) { document.querySelector("output").textContent = String(error); } });</script>`
    : ""
}`;
}
