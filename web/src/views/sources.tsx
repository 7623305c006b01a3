import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href, navigate, type Route } from "../router.ts";
import type { Source } from "../types.ts";
import { Badge } from "../ui/badge.tsx";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Skeleton, ViewFailure } from "../ui/states.tsx";
import { Time } from "../ui/time.tsx";
import { useLoad } from "../use-load.ts";
import { SourceSnippets } from "./source-snippets.tsx";
import { TestPost } from "./test-post.tsx";

/** Where leads come from, what to put where, and trying it out. */
export function Sources({ route }: { readonly route: Route }) {
  const { instance } = useSurroundings();
  const { data, error, reload } = useLoad(api.sources, []);
  if (data === undefined || instance === undefined) {
    return error === undefined ? <Skeleton lines={8} /> : <ViewFailure error={error} retry={reload} />;
  }
  const slug = route.parts[1] ?? data[0]?.slug ?? "contact";
  const source = data.find((one) => one.slug === slug) ?? { slug, kind: null, lastLeadAt: null };
  return (
    <>
      <div class="page-head">
        <div>
          <h1>Sources</h1>
          <p>
            {instance.isConfigured
              ? "As the configuration file names them."
              : "No configuration names any, so every source is taken as it comes."}
          </p>
        </div>
      </div>
      <div class="split wide-right">
        <div class="stack">
          {data.length > 0 && (
            <nav class="card flush picks" aria-label="Sources">
              {data.map((one) => (
                <a
                  key={one.slug}
                  href={href(`/sources/${one.slug}`)}
                  aria-current={one.slug === slug ? "true" : undefined}
                >
                  <span>{one.slug}</span>
                  <Badge>{one.kind ?? "seen"}</Badge>
                </a>
              ))}
            </nav>
          )}
          {!instance.isConfigured && <NewSource />}
          <p class="quiet-text">
            Own code needs no source: <code>POST /v1/leads</code>. See{" "}
            <a href="/docs" target="_blank" rel="noreferrer">
              the interface
            </a>
            .
          </p>
        </div>
        <div class="stack">
          <Settings source={source} isConfigured={instance.isConfigured} />
          <SourceSnippets key={slug} source={source} url={instance.publicUrl} />
          <TestPost key={`test ${slug}`} source={source} />
        </div>
      </div>
    </>
  );
}

/** Without a configuration a source is there as soon as something is posted to it. */
function NewSource() {
  const [slug, setSlug] = useState("");
  const [fault, setFault] = useState<string>();
  const go = (event: Event) => {
    event.preventDefault();
    if (!/^[a-z0-9-]{1,64}$/.test(slug)) setFault("a to z, 0 to 9 and -, at most 64 characters");
    else navigate(`/sources/${slug}`);
  };
  return (
    <form class="card stack" onSubmit={go}>
      <Field label="Another source" hint="Any name will do: contact, webinar, fair-2026." fault={fault}>
        {(control) => (
          <input
            {...control}
            value={slug}
            placeholder="contact"
            onInput={(event) => setSlug(event.currentTarget.value)}
          />
        )}
      </Field>
      <button type="submit">Show its snippet</button>
    </form>
  );
}

function Settings({ source, isConfigured }: { readonly source: Source; readonly isConfigured: boolean }) {
  const { slug, kind, map = {}, lastLeadAt } = source;
  const mapped = Object.entries(map);
  return (
    <section class="card" aria-labelledby="source">
      <div class="card-head">
        <h2 id="source">{slug}</h2>
        <span class="quiet-text">
          {lastLeadAt === null ? (
            "no lead yet"
          ) : (
            <>
              newest lead <Time at={lastLeadAt} relative />
            </>
          )}
        </span>
      </div>
      {kind === null && isConfigured && slug !== "api" && (
        <p class="notice warn">
          <Icon name="alert" />
          <span>The configuration does not name it (any more): what is posted to it is refused with 404.</span>
        </p>
      )}
      {kind === "form" && <FormFacts {...source} />}
      {kind === "webhook" && (
        <p>
          {source.signature
            ? `Opened by ${source.signature}'s own signature alone.`
            : source.secrets
              ? "Opened by its secret, or by a key with the scope ingest."
              : "Opened by a key with the scope ingest."}
        </p>
      )}
      {mapped.length > 0 && (
        <p class="mapped">
          Mapping:{" "}
          {mapped.map(([field, path]) => (
            <code key={field}>
              {field} ← {path}
            </code>
          ))}
        </p>
      )}
    </section>
  );
}

function FormFacts({ origins = [], redirects = [], honeypot }: Source) {
  return (
    <dl class="facts">
      <div>
        <dt>Pages that may post</dt>
        <dd>{origins.length === 0 ? "any" : origins.join(", ")}</dd>
      </div>
      <div>
        <dt>After sending</dt>
        <dd>{redirects.length === 0 ? "Leadgate's own thank-you page" : redirects.join(", ")}</dd>
      </div>
      <div>
        <dt>Field that gives robots away</dt>
        <dd>
          <code>{honeypot}</code>
        </dd>
      </div>
    </dl>
  );
}
