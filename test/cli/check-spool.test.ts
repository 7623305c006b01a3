import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "@jest/globals";
import { parseSettings } from "../../src/base/settings.ts";
import { checkSpool } from "../../src/cli/check-spool.ts";
import { encodeRecord } from "../../src/store/spool/record-format.ts";

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "leadgate-check-spool-"));
});
afterEach(() => {
  chmodSync(directory, 0o700);
  rmSync(directory, { recursive: true, force: true });
});

const check = () => checkSpool(parseSettings({ SPOOL_URL: `file://${directory}` }));

/** Leaves two submissions of this age. */
function leave(ageMs: number): void {
  const at = Date.now() - ageMs;
  mkdirSync(join(directory, "host.1"));
  const records = [1, 2].map((sequence) => encodeRecord({ sequence, at: at + sequence, text: "{}" }));
  writeFileSync(join(directory, "host.1", "00000001.spool"), Buffer.concat(records));
}

test("an empty spool that can be written to is nothing to mend", async () => {
  expect(await check()).toEqual([{ check: "spool", told: expect.stringContaining("can be written to") }]);
});

test("what has just been spooled is told, and is nothing to mend", async () => {
  leave(1_000);
  const [, waiting] = await check();
  expect(waiting).toEqual({ check: "spool", told: expect.stringContaining("2 submissions waiting") });
});

test("what nobody drains is a finding with its age, and so are damaged parts", async () => {
  leave(3_600_000);
  mkdirSync(join(directory, "damaged"));
  writeFileSync(join(directory, "damaged", "one.damaged"), "x");
  const [, waiting, damaged] = await check();
  expect(waiting).toMatchObject({
    told: expect.stringMatching(/oldest since 20/),
    mend: expect.stringMatching(/drains/),
  });
  expect(damaged).toMatchObject({
    told: "1 part of it kept aside, unread",
    mend: expect.stringContaining("send it in"),
  });
});

test("a folder that can't be written to is a finding", async () => {
  if (process.getuid?.() === 0) return; // Nothing is forbidden to root.
  chmodSync(directory, 0o500);
  expect(await check()).toMatchObject([{ mend: expect.stringContaining("right to write") }]);
});
