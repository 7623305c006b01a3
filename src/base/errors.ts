/** One invalid place in what was sent: where, and how to mend it. */
export interface FieldFault {
  /** Dotted path in the caller's own input, `""` for the whole of it. */
  readonly path: string;
  /** A sentence for the caller that says what is wrong and what would be right. */
  readonly message: string;
}

/**
 * What can be wrong, by meaning. Which HTTP status each becomes is decided in `http/errors.ts`,
 * which exit code in `cli/`.
 */
export type ErrorKind =
  | "malformed"
  | "unauthorized"
  | "forbidden"
  | "not-found"
  | "conflict"
  | "stale-version"
  | "precondition-required"
  | "too-large"
  | "unsupported-media-type"
  | "invalid-email"
  | "invalid-field"
  | "idempotency-key-reuse"
  | "rate-limited"
  | "unavailable"
  | "internal"
  | "bad-setting"
  | "locked";

export interface LeadgateErrorOptions extends ErrorOptions {
  readonly faults?: readonly FieldFault[];
  /** Seconds after which it is worth trying again. */
  readonly retryAfterSeconds?: number;
}

/** The only error thrown on purpose; any other that reaches the top is a bug. */
export class LeadgateError extends Error {
  override readonly name = "LeadgateError";
  readonly faults: readonly FieldFault[];
  readonly retryAfterSeconds: number | undefined;

  /**
   * @param kind what went wrong.
   * @param publicMessage a sentence that may be shown to the caller: no address, key or stack in it.
   */
  constructor(
    readonly kind: ErrorKind,
    readonly publicMessage: string,
    options: LeadgateErrorOptions = {},
  ) {
    super(`${kind}: ${publicMessage}`, options);
    this.faults = options.faults ?? [];
    this.retryAfterSeconds = options.retryAfterSeconds;
  }
}
