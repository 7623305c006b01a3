import { useEffect, useRef, useState } from "preact/hooks";
import { ApiError, api } from "../api.ts";
import type { Session } from "../types.ts";
import { Field } from "../ui/field.tsx";
import { Mark } from "../ui/mark.tsx";
import { messageOf } from "../ui/states.tsx";
import { useAction } from "../use-action.ts";

interface SignInProps {
  readonly wasSignedIn: boolean;
  readonly onSignedIn: (session: Session) => void;
}

/** The door: an API key opens it. */
export function SignIn({ wasSignedIn, onSignedIn }: SignInProps) {
  const [key, setKey] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const { isBusy, error, run } = useAction(async () => {
    input.current?.focus();
    input.current?.select();
    if (key.trim() === "") throw new ApiError(422, "Paste a key first.");
    onSignedIn(await api.signIn(key.trim()));
  });
  useEffect(() => {
    document.title = "Sign in · Leadgate";
    input.current?.focus();
  }, []);
  const fault = error === undefined ? undefined : messageOf(error);
  return (
    <main class="door">
      <form class="card" onSubmit={run} noValidate>
        <Mark size={44} />
        <h1>Sign in to Leadgate</h1>
        {wasSignedIn && (
          <p class="notice" role="status">
            Your session is over. Sign in again to go on where you were.
          </p>
        )}
        {/* Password managers keep a key under a name. */}
        <input type="text" name="username" value="leadgate" autoComplete="username" hidden readOnly />
        <Field label="API key" fault={fault} hint="With the scope admin, or read to look without changing.">
          {(control) => (
            <input
              {...control}
              {...{ ref: input, type: "password", name: "key", value: key, placeholder: "lg_…", spellcheck: false }}
              autoComplete="current-password"
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          )}
        </Field>
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? "One moment…" : "Sign in"}
        </button>
        <WhereIsAKey />
      </form>
    </main>
  );
}

function WhereIsAKey() {
  return (
    <details>
      <summary>Where do I find a key?</summary>
      <p>
        The first start of Leadgate prints one: <code>administrator key: lg_…</code>. Where{" "}
        <code>LEADGATE_ADMIN_KEY</code> is set, that is it. More are made under Keys, or with{" "}
        <code>leadgate keys create</code>.
      </p>
    </details>
  );
}
