import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { Readable } from "node:stream";
import { describe, expect, test } from "@jest/globals";
import type { Request, Response } from "express";
import multer from "multer";
import qs from "qs";
import { recognise } from "../../src/lead/recognise.ts";
import type { JsonObject } from "../../src/lead/types.ts";

/** A captured request, as `senders/README.md` describes it. */
interface Capture {
  readonly headers: Record<string, string>;
  readonly contentType: string;
  readonly rawBody: string;
  readonly expect: Record<"email" | "firstName" | "lastName" | "fullName" | "phone" | "submissionId", string | null>;
}

const FOLDER = path.resolve(process.env.SENDERS_DIR ?? "../shared/senders");
const files = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith(".json")) : [];

if (files.length === 0) {
  test.skip(`captured requests of real senders: no JSON files in ${FOLDER}; set SENDERS_DIR`, () => {});
} else {
  describe("captured requests of real senders", () => {
    test.each(files)("%s", async (file) => {
      const capture: Capture = JSON.parse(readFileSync(path.join(FOLDER, file), "utf8"));
      const payload = await parse(capture);
      const found = recognise({ payload, headers: lowerCased(capture.headers) });
      const said = Object.fromEntries(
        (["email", "firstName", "lastName", "fullName", "phone"] as const).map((name) => [name, found[name] ?? null]),
      );
      // A paid order is known by the checkout: Stripe may send two event objects for the same one.
      const submissionId = found.event ? idOf(payload) : (found.senderId ?? null);
      expect({ ...said, submissionId }).toEqual(capture.expect);
      expect(JSON.stringify(found)).not.toContain("google_key");
    });
  });
}

async function parse({ contentType, rawBody }: Capture): Promise<JsonObject> {
  if (contentType.startsWith("application/json")) return JSON.parse(rawBody);
  if (contentType.startsWith("application/x-www-form-urlencoded")) return qs.parse(rawBody, { depth: 5 }) as JsonObject;
  const headers = { "content-type": contentType, "content-length": String(Buffer.byteLength(rawBody)) };
  const request = Object.assign(Readable.from([Buffer.from(rawBody)]), { headers, method: "POST", body: {} });
  await new Promise<void>((resolve, reject) => {
    multer().none()(request as unknown as Request, {} as Response, (fault) => (fault ? reject(fault) : resolve()));
  });
  return request.body;
}

function lowerCased(headers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
}

function idOf(payload: JsonObject): string {
  return String(payload.id);
}
