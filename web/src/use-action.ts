import { useState } from "preact/hooks";

/** What a button does: whether it is under way, why it failed, and doing it. */
export interface Action {
  readonly isBusy: boolean;
  readonly error: unknown;
  /** To be called by a button, or by a form that is sent. */
  run(event?: Event): Promise<void>;
}

export function useAction(act: () => Promise<void>): Action {
  const [isBusy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>();
  const run = async (event?: Event) => {
    event?.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (thrown) {
      setError(thrown);
    }
    setBusy(false);
  };
  return { isBusy, error, run };
}
