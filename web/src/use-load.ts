import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<Data> {
  readonly data: Data | undefined;
  readonly error: unknown;
  readonly isLoading: boolean;
  /** Loads again; what is there stays until the new is. */
  reload(): void;
  /** Puts in what is known by now without asking. */
  set(data: Data): void;
}

/** Loads what a view shows, anew whenever one of `keys` changes. An answer that was overtaken is dropped. */
export function useLoad<Data>(load: () => Promise<Data>, keys: readonly unknown[]): Loaded<Data> {
  const [state, setState] = useState<{ data?: Data; error?: unknown; isLoading: boolean }>({ isLoading: true });
  const asked = useRef(0);
  const run = useCallback(async (keep: boolean) => {
    const number = ++asked.current;
    setState((before) => (keep ? { ...before, isLoading: true } : { isLoading: true }));
    try {
      const data = await load();
      if (number === asked.current) setState({ data, isLoading: false });
    } catch (error) {
      if (number === asked.current) setState((before) => ({ ...before, error, isLoading: false }));
    }
  }, keys);
  useEffect(() => {
    void run(false);
    return () => {
      asked.current++;
    };
  }, [run]);
  const reload = useCallback(() => void run(true), [run]);
  const set = useCallback((data: Data) => setState({ data, isLoading: false }), []);
  return { data: state.data, error: state.error, isLoading: state.isLoading, reload, set };
}
