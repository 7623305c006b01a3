import { useState } from "preact/hooks";
import { api } from "../api.ts";
import { useSurroundings } from "../context.ts";
import { href } from "../router.ts";
import type { Accepted, Source } from "../types.ts";
import { Field } from "../ui/field.tsx";
import { Icon } from "../ui/icon.tsx";
import { messageOf } from "../ui/states.tsx";
import { useAction } from "../use-action.ts";
import { forgetPages } from "../use-pages.ts";

/** Sends something in by a source, as its form or webhook would. */
export function TestPost({ source }: { readonly source: Source }) {
  const { session } = useSurroundings();
  const [fields, setFields] = useState({ email: "test@example.com", name: "Test Example", message: "This is a test." });
  const [withMail, setWithMail] = useState(false);
  const [answer, setAnswer] = useState<Accepted>();
  const { isBusy, error, run } = useAction(async () => {
    setAnswer(undefined);
    setAnswer(await api.testSource(source.slug, fields, withMail));
    forgetPages();
  });
  if (!session.canChange || source.slug === "api") return null;
  return (
    <form class="card stack" onSubmit={run} aria-labelledby="test-post">
      <div>
        <h2 id="test-post">Post a test</h2>
        <p class="quiet-text">It makes a real lead, which you can erase afterwards.</p>
      </div>
      <div class="grid-2">
        {(["email", "name"] as const).map((name) => (
          <Field key={name} label={name === "email" ? "E-mail" : "Name"}>
            {(control) => (
              <input
                {...control}
                value={fields[name]}
                autoComplete="off"
                onInput={(event) => setFields({ ...fields, [name]: event.currentTarget.value })}
              />
            )}
          </Field>
        ))}
      </div>
      <label class="check">
        <input type="checkbox" checked={withMail} onChange={() => setWithMail(!withMail)} />
        <span>
          <b>With follow-ups</b>: mails its rules ask for go to this address
        </span>
      </label>
      <div>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? "One moment…" : "Post a test"}
        </button>
      </div>
      {error !== undefined && (
        <p class="notice bad" role="alert">
          <Icon name="alert" />
          <span>{messageOf(error)}</span>
        </p>
      )}
      {answer !== undefined && <Outcome answer={answer} />}
    </form>
  );
}

function Outcome({ answer }: { readonly answer: Accepted }) {
  return (
    <p class="notice good" role="status">
      <Icon name="check" />
      <span>
        {TOLD[answer.outcome] ?? `It is in (${answer.outcome}).`}{" "}
        {answer.id !== null && <a href={href(`/leads/${answer.id}`)}>Look at the lead</a>}
      </span>
    </p>
  );
}

const TOLD: Readonly<Record<string, string>> = {
  created: "It made a new lead.",
  updated: "It changed a lead that was known.",
  unchanged: "It said nothing new of a lead that was known.",
  stale: "It said nothing new of a lead that was known.",
};
