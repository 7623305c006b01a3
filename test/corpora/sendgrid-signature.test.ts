import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { parseEventPublicKey, verifyEventSignature } from "../../src/mail/event-signature.ts";

const CORPUS = join(process.env.CORPORA_DIR ?? "../shared/corpora", "sendgrid-signature.json");

interface Row {
  readonly name: string;
  readonly public_key: string;
  readonly timestamp: string;
  readonly signature: string;
  readonly payload: string;
  /** `crypto-true`: the mathematics agree, and it must be refused all the same. */
  readonly valid: boolean | "crypto-true";
}

if (existsSync(CORPUS)) {
  const { cases } = JSON.parse(readFileSync(CORPUS, "utf8")) as { cases: Row[] };
  describe(`sendgrid-signature.json, ${cases.length} verdicts`, () => {
    test.each(cases.map((row) => [row.name, row] as const))("%s", (_name, row) => {
      const { timestamp, signature, payload } = row;
      const publicKey = parseEventPublicKey(row.public_key);
      const verdict = verifyEventSignature({ publicKey, signature, timestamp, payload: Buffer.from(payload) });
      expect(verdict).toBe(row.valid === true);
    });
  });
} else {
  test.skip(`sendgrid-signature.json: not there (${CORPUS}); set CORPORA_DIR`, () => {});
}
