import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import type { TestSent } from "../types.ts";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { Scrolled } from "../ui/scrolled.tsx";
import { Failure, messageOf } from "../ui/states.tsx";
import { useAction } from "../use-action.ts";
import { useLoad } from "../use-load.ts";

/** One template, filled in with a person who does not exist, and sending that to oneself. */
export function TemplateView({ name }: { readonly name: string }) {
  const [part, setPart] = useState<"html" | "text">("html");
  const { data, error, reload } = useLoad(() => api.template(name), [name]);
  return (
    <section class="card stack" aria-labelledby="template">
      <div class="card-head">
        <h2 id="template">{name}</h2>
        <fieldset class="tabs" aria-label="Part shown">
          <button type="button" aria-pressed={part === "html"} onClick={() => setPart("html")}>
            HTML
          </button>
          <button type="button" aria-pressed={part === "text"} onClick={() => setPart("text")}>
            Plain text
          </button>
        </fieldset>
      </div>
      {error !== undefined && <Failure error={error} retry={reload} />}
      {data !== undefined && (
        <p>
          <span class="quiet-text">Subject:</span> <b>{data.subject}</b>
        </p>
      )}
      {part === "html" ? (
        <iframe
          class="preview"
          sandbox=""
          title={`The template ${name}`}
          src={`/admin/api/templates/${encodeURIComponent(name)}/preview`}
        />
      ) : (
        <Scrolled class="raw" label="Plain text">
          <pre>{data?.text}</pre>
        </Scrolled>
      )}
      <TestSend name={name} />
    </section>
  );
}

function TestSend({ name }: { readonly name: string }) {
  const { session, instance } = useSurroundings();
  const [to, setTo] = useState("");
  const [sent, setSent] = useState<TestSent>();
  const { isBusy, error, run } = useAction(async () => {
    setSent(undefined);
    setSent(await api.testTemplate(name, to));
  });
  if (!session.canChange) return null;
  return (
    <form class="stack" onSubmit={run}>
      <Field
        label="Send a test to"
        hint={HINTS[instance?.mailMode ?? "live"]}
        fault={error === undefined ? undefined : messageOf(error)}
      >
        {(control) => (
          <div class="row with-button">
            <input
              {...control}
              type="email"
              value={to}
              placeholder="you@example.com"
              onInput={(event) => setTo(event.currentTarget.value)}
            />
            <button type="submit" disabled={isBusy || to.trim() === ""}>
              {isBusy ? "One moment…" : "Send a test"}
            </button>
          </div>
        )}
      </Field>
      {sent !== undefined && <Outcome sent={sent} />}
    </form>
  );
}

const HINTS = {
  preview: "Preview mode: it is rendered and goes nowhere.",
  shadow: "Shadow mode: it is rendered and goes nowhere.",
  sandbox: "Sandbox mode: SendGrid checks it and delivers nothing.",
  live: "It is really sent, with the data of a person who does not exist.",
} as const;

const OUTCOMES: Readonly<Record<string, string>> = {
  previewed: "It was rendered without a fault and sent to nobody.",
  accepted: "SendGrid took it.",
};

function Outcome({ sent }: { readonly sent: TestSent }) {
  const isGood = sent.outcome in OUTCOMES;
  return (
    <p class={`notice ${isGood ? "good" : "bad"}`} role="status">
      <Icon name={isGood ? "check" : "alert"} />
      <span>
        {OUTCOMES[sent.outcome] ?? `It was not sent (${sent.outcome}): ${sent.reason ?? "no reason was given"}.`}
      </span>
    </p>
  );
}
