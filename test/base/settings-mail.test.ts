import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "@jest/globals";
import { LeadgateError } from "../../src/base/errors.ts";
import { parseSettings } from "../../src/base/settings.ts";

function faults(environment: Record<string, string>): string[] {
  try {
    parseSettings(environment);
    return [];
  } catch (error) {
    if (!(error instanceof LeadgateError)) throw error;
    return error.faults.map(({ path }) => path).sort();
  }
}

const LIVE = { MAIL_MODE: "live", SENDGRID_API_KEY: "SG.key", MAIL_FROM: "a@example.com", PUBLIC_URL: "https://e.x" };

describe("what sending needs", () => {
  test("live refuses to start without any of it, all told at once", () => {
    expect(faults({ MAIL_MODE: "live" })).toEqual(["MAIL_FROM", "PUBLIC_URL", "SENDGRID_API_KEY"]);
    expect(faults({ MAIL_MODE: "live", PORT: "x" })).toEqual(["MAIL_FROM", "PORT", "PUBLIC_URL", "SENDGRID_API_KEY"]);
    expect(faults(LIVE)).toEqual([]);
  });

  test.each([
    ["http://leads.example.com", ["PUBLIC_URL"]],
    ["http://127.0.0.1.example.com", ["PUBLIC_URL"]],
    ["http://127.0.0.1:3000", []],
    ["http://localhost:3000", []],
    ["http://[::1]:3000", []],
    ["ftp://example.com", ["PUBLIC_URL"]],
  ])("live with PUBLIC_URL %s", (url, expected) => {
    expect(faults({ ...LIVE, PUBLIC_URL: url })).toEqual(expected);
  });

  test("sandbox needs a key and a sender; the other modes nothing", () => {
    expect(faults({ MAIL_MODE: "sandbox" })).toEqual(["MAIL_FROM", "SENDGRID_API_KEY"]);
    expect(faults({ MAIL_MODE: "preview" })).toEqual([]);
    expect(faults({ MAIL_MODE: "shadow" })).toEqual([]);
  });

  test("the key may stand in a file, which may be missing", () => {
    const directory = mkdtempSync(join(tmpdir(), "leadgate-settings-"));
    const file = join(directory, "key");
    writeFileSync(file, "SG.from-file\n");
    const { SENDGRID_API_KEY: _, ...rest } = LIVE;
    expect(parseSettings({ ...rest, SENDGRID_API_KEY_FILE: file }).SENDGRID_API_KEY).toBe("SG.from-file");
    expect(faults({ ...rest, SENDGRID_API_KEY_FILE: join(directory, "none") })).toEqual(["SENDGRID_API_KEY_FILE"]);
    rmSync(directory, { recursive: true });
  });

  test("a key with a line break in it is refused: it would end the header", () => {
    expect(faults({ ...LIVE, SENDGRID_API_KEY: "SG.a\nb" })).toEqual(["SENDGRID_API_KEY"]);
  });
});
