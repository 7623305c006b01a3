/** What the shell expects of a program that was stopped by Ctrl-C: 128 and the number of the signal. */
const STOPPED = 130;

/** Ctrl-C, or a polite kill, as something that work can look at. */
export interface Interrupt {
  readonly signal: AbortSignal;
  /** Goes back to how signals were before. */
  off(): void;
}

/**
 * Lets work stop where nothing is lost. Asked a second time, the process ends at once.
 *
 * @param onFirst tells the person that it is stopping.
 */
export function catchInterrupt(onFirst: () => void): Interrupt {
  const controller = new AbortController();
  const stop = () => {
    if (controller.signal.aborted) process.exit(STOPPED);
    process.exitCode = STOPPED;
    controller.abort();
    onFirst();
  };
  process.on("SIGINT", stop).on("SIGTERM", stop);
  return { signal: controller.signal, off: () => void process.off("SIGINT", stop).off("SIGTERM", stop) };
}
