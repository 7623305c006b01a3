import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "@jest/globals";

const SCRIPT = fileURLToPath(new URL("../faults/faults.mjs", import.meta.url));

interface Result {
  readonly experiment: string;
  readonly acknowledged?: number;
  readonly violations?: number;
  readonly skipped?: string;
}

/** Runs the short form of the experiments, which ends with 1 when a promise was broken. */
async function runShort(): Promise<{ code: number | null; output: string }> {
  const { NODE_OPTIONS: _, ...env } = process.env;
  const child = spawn(process.execPath, [SCRIPT, "--short"], { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) stream.on("data", (chunk) => (output += chunk));
  const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
  return { code, output };
}

test("killed, cut off, restarted, sent twins and with its clock set, it loses nothing and mails nobody twice", async () => {
  const { code, output } = await runShort();
  expect({ code, output }).toMatchObject({ code: 0 });
  const results = JSON.parse(/^\[.*\]$/m.exec(output)![0]) as Result[];
  // Where PostgreSQL's own programs are, a server is made for it; elsewhere the embedded database must do.
  const everywhere = ["kill", "twins", "clock"];
  const withServer = existsSync("/usr/lib/postgresql") ? ["postgres", "restart", "soak"] : [];
  const looked = results.filter(({ acknowledged = 0 }) => acknowledged > 0).map(({ experiment }) => experiment);
  expect(looked.toSorted()).toEqual([...everywhere, ...withServer].toSorted());
}, 300_000);

test("what the experiments hold answers against rows with tells every kind of fault, and takes no answers for no pass", async () => {
  const { checkSet } = await import(new URL("../faults/support/set-checker.mjs", import.meta.url).href);
  const sent = (email: string, ...answers: object[]) => ({ email, answers });
  const taken = (text: string) => ({ status: 201, text });
  const row = (email: string, ids: string[], answer: string, templates = ["welcome"]) => {
    return { email, submissions: ids.map((id) => ({ id, answer })), templates };
  };
  const receipt = { status: 202, text: '{"accepted":true,"submissionId":"9"}' };
  const attempts = [
    sent("fine", taken("a"), taken("a")),
    sent("receipt", receipt),
    sent("lost", taken("b")),
    sent("without mail", taken("c")),
    sent("receipt of another", receipt),
    sent("twice", taken("d")),
    sent("mailed twice", taken("e")),
    sent("changed", taken("f"), taken("g")),
    sent("unknown", { error: "ECONNRESET" }),
    sent("recovered", { error: "ECONNRESET" }),
    sent("never sent", { error: "ECONNREFUSED" }),
  ];
  const stored = [
    row("fine", ["1"], "a"),
    row("receipt", ["9"], "z"),
    row("without mail", ["3"], "c", []),
    row("receipt of another", ["8"], "z"),
    row("twice", ["4", "5"], "d"),
    row("mailed twice", ["6"], "e", ["welcome", "welcome"]),
    row("changed", ["7"], "f"),
    row("recovered", ["10"], "h"),
    row("nobody", ["11"], "i"),
  ];
  expect(checkSet(attempts, stored)).toMatchObject({
    unknown: ["unknown", "recovered"],
    lost: ["lost", "without mail", "receipt of another"],
    unexpected: ["nobody"],
    recovered: ["recovered"],
    duplicated: ["twice", "mailed twice"],
    changed: ["changed"],
    valid: false,
  });
  expect(checkSet(attempts.slice(0, 1), stored.slice(0, 1)).valid).toBe(true);
  expect(checkSet(attempts.slice(8), []).valid).toBe("unknown");
});
