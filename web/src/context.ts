import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { LiveState } from "./live.ts";
import type { Instance, Session } from "./types.ts";

/** What every view may want to know. */
export interface Surroundings {
  readonly session: Session;
  readonly live: LiveState;
  /** Undefined until it is loaded. */
  readonly instance: Instance | undefined;
}

export const SurroundingsContext = createContext<Surroundings | undefined>(undefined);

export function useSurroundings(): Surroundings {
  return useContext(SurroundingsContext)!;
}
