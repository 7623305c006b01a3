import { createHmac, randomBytes } from "node:crypto";
import type { Database } from "../store/client.ts";
import { setOnce } from "../store/instance.ts";

/** What a hash is of; the same text for another purpose has another hash. */
export type HashPurpose = "submission" | "event" | "content" | "address" | "erased";

/** HMAC-SHA-256 of some texts. */
export type KeyedHash = (purpose: HashPurpose | "payload", ...texts: readonly string[]) => string;

/**
 * Makes hashes under a secret of this instance, so that nobody without it can tell by trying which address or
 * submission one stands for. The secret is read, and at the very first time made, when it is first wanted.
 */
export function createKeyedHash(database: Database): () => Promise<KeyedHash> {
  let known: KeyedHash | undefined;
  return async () => {
    if (known === undefined) {
      const { value } = await setOnce(database.prisma, "erasure-secret", randomBytes(32).toString("base64url"));
      const secret = Buffer.from(value, "base64url");
      known = (...texts) => createHmac("sha256", secret).update(JSON.stringify(texts)).digest("base64url");
    }
    return known;
  };
}
