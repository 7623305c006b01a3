import { useState } from "preact/hooks";
import { apiSnippet, curlSnippet, formSnippet, zapierSteps } from "../snippets.ts";
import type { Source } from "../types.ts";
import { Copy } from "../ui/copy.tsx";

const WAYS = { form: "HTML form", curl: "curl", zapier: "Zapier" } as const;
type Way = keyof typeof WAYS;

/** What to put where, ready to copy. */
export function SourceSnippets({ source, url }: { readonly source: Source; readonly url: string }) {
  const ways = waysOf(source);
  const [way, setWay] = useState<Way>(ways[0]!);
  return (
    <section class="card stack" aria-labelledby="connect">
      <div class="card-head">
        <h2 id="connect">Connect it</h2>
        <fieldset class="tabs" aria-label="Way to connect">
          {ways.map((name) => (
            <button type="button" key={name} aria-pressed={name === way} onClick={() => setWay(name)}>
              {WAYS[name]}
            </button>
          ))}
        </fieldset>
      </div>
      <Snippet way={way} source={source} url={url} />
    </section>
  );
}

function waysOf({ slug, kind }: Source): Way[] {
  if (slug === "api") return ["curl"];
  if (kind === "form") return ["form", "curl"];
  return kind === "webhook" ? ["zapier", "curl"] : ["form", "curl", "zapier"];
}

function Snippet({ way, source, url }: { readonly way: Way; readonly source: Source; readonly url: string }) {
  const { slug, kind, honeypot, redirects = [] } = source;
  if (slug === "api") {
    return (
      <>
        <Copy text={apiSnippet(url)} label="A request with curl" />
        <p class="hint">The key needs the scope ingest. The Idempotency-Key makes a repetition count once.</p>
      </>
    );
  }
  if (way === "form") {
    return (
      <>
        <Copy text={formSnippet(url, slug, honeypot, redirects[0])} label="An HTML form" />
        <p class="hint">Name the fields as you like: names of common form builders and languages are understood.</p>
      </>
    );
  }
  if (way === "curl")
    return <Copy text={curlSnippet(url, slug, kind === "webhook" ? "webhook" : "form")} label="A request with curl" />;
  return (
    <ol class="steps">
      {zapierSteps(url, slug).map((step) => (
        <li key={step}>{step}</li>
      ))}
    </ol>
  );
}
