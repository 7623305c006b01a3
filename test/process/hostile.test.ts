import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

/** Runs a short form of a fault run, which ends with 1 when it finds anything. */
function run(script: string, ...options: string[]) {
  const file = fileURLToPath(new URL(`../faults/${script}`, import.meta.url));
  const { NODE_OPTIONS: _, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [file, ...options], { env, encoding: "utf8" });
  return { status, output: stdout + stderr };
}

test("whatever hundreds of bad and mutated requests say, none is answered 5xx and the next honest lead is taken", () => {
  const { status, output } = run("hostile.mjs", "--inputs", "150", "--mutations", "250");
  expect(output).toContain("400 distinct requests");
  expect({ status, output }).toMatchObject({ status: 0 });
});

test("a hundred connections that send next to nothing keep no honest caller out", () => {
  const { status, output } = run("slow-sockets.mjs", "--sockets", "100", "--seconds", "2", "--untimed");
  expect(output).toMatch(/open at the end: \d+ of 100/);
  expect({ status, output }).toMatchObject({ status: 0 });
});
