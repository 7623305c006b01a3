/** A record that waits, and where it waits. */
export interface SpoolEntry {
  readonly record: string;
  readonly spooledAt: Date;
}

/** How a spool stands. */
export interface SpoolState {
  /** Records that wait. */
  readonly records: number;
  readonly bytes: number;
  /** When the record was appended that has waited longest; null when none waits. */
  readonly oldestAt: Date | null;
  /** Stretches that could not be read, and records that were kept aside. */
  readonly damaged: number;
}

/**
 * Keeps records while the database is away, and gives them back in the order they came.
 *
 * Deliveries repeat: what was given out and not acknowledged when a process ends is given out again. Records must carry
 * what makes a repetition harmless.
 */
export interface Spool {
  /**
   * Keeps a record.
   *
   * @param record text without a line break, such as `JSON.stringify` makes it.
   * @returns once it is durable. @throws LeadgateError `unavailable` when it is not, and then it is never given out by
   *   a process that lives on.
   */
  append(record: string): Promise<void>;
  /** The oldest entries that are not acknowledged, at most so many; none where none waits. */
  read(limit: number): Promise<readonly SpoolEntry[]>;
  /** Drops entries for good: all or the first of those the last `read` gave. */
  acknowledge(entries: readonly SpoolEntry[]): Promise<void>;
  /** Keeps an entry apart where an operator finds it, without giving it out again once it is acknowledged. */
  keepAside(entry: SpoolEntry): Promise<void>;
  /**
   * Drops the records a predicate picks, and damaged stretches it picks by their text. Nothing may be read meanwhile.
   *
   * @returns how many.
   */
  erase(matches: (text: string) => boolean): Promise<number>;
  /** Takes over what processes left behind that have ended. @returns how many records. */
  adopt(): Promise<number>;
  state(): SpoolState;
  /** Why nothing could be appended now; undefined where it could. */
  check(): Promise<string | undefined>;
  /** Lets what is being appended end, and leaves the rest to the next start. */
  close(): Promise<void>;
}
