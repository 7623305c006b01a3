import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { SIGNATURE_SCHEMES, type SignatureScheme } from "../../src/base/configuration-schema.ts";
import { verifySignature } from "../../src/http/signatures/verify-signature.ts";

const CORPUS = join(process.env.CORPORA_DIR ?? "../shared/corpora", "standard-webhooks.json");
const SENDERS = process.env.SENDERS_DIR ?? "../shared/senders";

interface StandardCase {
  readonly name: string;
  readonly secret: string;
  readonly secrets?: readonly string[];
  readonly now: number;
  readonly payload: string;
  readonly headers: Record<string, string>;
  readonly valid: boolean;
}

interface Sender {
  readonly provider: string;
  readonly headers: Record<string, string>;
  readonly rawBody: string;
  readonly signature: { readonly header: string | null; readonly secret?: string };
}

const json = (path: string): unknown => JSON.parse(readFileSync(path, "utf8"));

const lowerCased = (headers: Record<string, string>) =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));

if (existsSync(CORPUS)) {
  const { cases } = json(CORPUS) as { cases: StandardCase[] };
  describe(`standard-webhooks.json, ${cases.length} verdicts`, () => {
    test.each(cases.map((row) => [row.name, row] as const))(
      "%s",
      (_name, { secret, secrets, now, payload, headers, valid }) => {
        const verdict = verifySignature("standard", {
          rawBody: Buffer.from(payload),
          headers: lowerCased(headers),
          method: "POST",
          url: "https://leads.example.com/webhooks/a",
          secrets: secrets ?? [secret],
          now: new Date(now * 1_000),
        });
        expect(verdict).toBe(valid);
      },
    );
  });
} else {
  test.skip(`standard-webhooks.json: not there (${CORPUS}); set CORPORA_DIR`, () => {});
}

/** The scheme a sender's file is signed by; undefined where it is not signed by its sender, or by a key in the body. */
function schemeOf({ provider, signature: { header } }: Sender): SignatureScheme | undefined {
  return header === null ? undefined : SIGNATURE_SCHEMES.find((scheme) => provider.startsWith(scheme));
}

if (existsSync(SENDERS)) {
  const senders = readdirSync(SENDERS)
    .filter((file) => file.endsWith(".json"))
    .map((file) => [file, json(join(SENDERS, file)) as Sender] as const)
    .filter(([, sender]) => schemeOf(sender) !== undefined);

  describe(`senders, ${senders.length} signed files`, () => {
    test("there are some", () => expect(senders.length).toBeGreaterThan(0));

    test.each(senders)("%s is let in, with one byte changed it is not", (_file, sender) => {
      const verdict = (rawBody: Buffer) =>
        verifySignature(schemeOf(sender)!, {
          rawBody,
          headers: lowerCased(sender.headers),
          method: "POST",
          url: "https://leads.example.com/webhooks/a",
          secrets: [sender.signature.secret ?? ""],
          now: new Date("2026-01-18T18:17:02Z"),
        });
      const body = Buffer.from(sender.rawBody);
      expect(verdict(body)).toBe(true);
      for (const at of [0, body.length >> 1, body.length - 1]) {
        const changed = Buffer.from(body);
        changed[at]! ^= 1;
        expect(verdict(changed)).toBe(false);
      }
    });
  });
} else {
  test.skip(`senders: not there (${SENDERS}); set SENDERS_DIR`, () => {});
}
