import { useCallback, useEffect, useState } from "preact/hooks";
import { api, whenSignedOut } from "./api.ts";
import { SurroundingsContext } from "./context.ts";
import { useLive } from "./live.ts";
import { Shell } from "./shell.tsx";
import type { Instance, Session } from "./types.ts";
import { Failure, Skeleton } from "./ui/states.tsx";
import { Toasts } from "./ui/toast.tsx";
import { forgetPages } from "./use-pages.ts";
import { SignIn } from "./views/sign-in.tsx";

/** Whoever is not signed in sees the door, everybody else the page. */
export function App() {
  const [session, setSession] = useState<Session | null | undefined>();
  const [wasSignedIn, setWasSignedIn] = useState(false);
  const [error, setError] = useState<unknown>();
  const leave = useCallback(() => {
    forgetPages();
    setSession(null);
  }, []);
  const ask = useCallback(async () => {
    setError(undefined);
    try {
      setSession((await api.session()) ?? null);
    } catch (thrown) {
      setError(thrown);
    }
  }, []);
  useEffect(() => {
    whenSignedOut(() => {
      setWasSignedIn(true);
      leave();
    });
    void ask();
  }, [ask, leave]);

  if (error !== undefined) {
    return (
      <main class="door">
        <Failure error={error} retry={ask} />
      </main>
    );
  }
  if (session === undefined) {
    return (
      <main class="door">
        <Skeleton lines={3} />
      </main>
    );
  }
  if (session === null) return <SignIn wasSignedIn={wasSignedIn} onSignedIn={setSession} />;
  return <Inside session={session} onLeave={leave} onEnded={() => whenEnded(setWasSignedIn, leave)} />;
}

function whenEnded(setWasSignedIn: (was: boolean) => void, leave: () => void): void {
  setWasSignedIn(true);
  leave();
}

interface InsideProps {
  readonly session: Session;
  readonly onLeave: () => void;
  readonly onEnded: () => void;
}

function Inside({ session, onLeave, onEnded }: InsideProps) {
  const end = useCallback(onEnded, []);
  const live = useLive(end);
  const [instance, setInstance] = useState<Instance>();
  useEffect(() => {
    // The views that need it say so while it is missing.
    api.instance().then(setInstance, () => {});
  }, []);
  return (
    <SurroundingsContext.Provider value={{ session, live, instance }}>
      <Shell onSignOut={onLeave} />
      <Toasts />
    </SurroundingsContext.Provider>
  );
}
