/** A request as its signature sees it. */
export interface SignedRequest {
  /** The bytes as they came, before anything parsed them. */
  readonly rawBody: Buffer;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly method: string;
  /** The address the sender called, as seen from outside. */
  readonly url: string;
  readonly now: Date;
}

/** What a request claims: that one of these signatures is the HMAC-SHA256 of one of these contents. */
export interface Claim {
  /** Each a sequence of parts, signed one after the other. */
  readonly contents: readonly (readonly (string | Buffer)[])[];
  readonly signatures: readonly string[];
  readonly encoding: "hex" | "base64" | "base64url";
  /** How the key is made of the secret; undefined when it is no secret of this scheme. Without it: its UTF-8 bytes. */
  readonly keyOf?: (secret: string) => Buffer | undefined;
}
