// What breaks a promise on purpose in a copy of the build, so that the experiment which watches it must fail.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Each names the experiments that must notice, and what it does: texts of the build replaced, and SQL run on a migrated
 * PostgreSQL database. A sync that is left out is not among them: what a killed process wrote is still in the operating
 * system's memory, so that only a machine without power would show it.
 */
export const SABOTAGES = {
  "answer-before-commit": {
    experiments: ["kill"],
    told: "answers 100 ms before the commit",
    replace: [
      [
        "flow/accept.js",
        "const { merged, hooked } = await inTransaction(round.database, (db) => saveBatch(round, db, fresh));",
        `let tell;
    const told = new Promise((resolve) => { tell = resolve; });
    const committed = inTransaction(round.database, async (db) => {
        const saved = await saveBatch(round, db, fresh);
        tell(saved);
        await new Promise((resolve) => setTimeout(resolve, 100));
        return saved;
    });
    committed.catch(() => undefined);
    const { merged, hooked } = await Promise.race([told, committed]);`,
      ],
    ],
  },
  "receipt-before-write": {
    experiments: ["postgres"],
    told: "gives receipts 100 ms before it writes them down",
    replace: [
      [
        "store/spool/segment-writer.js",
        "void this.#inTurn(() => this.#flush());",
        "setTimeout(() => void this.#inTurn(() => this.#flush()), 100); resolve();",
      ],
    ],
  },
  "drain-forgets": {
    experiments: ["postgres"],
    told: "takes records off the spool without taking them in",
    replace: [["flow/drain.js", "await drainBatch(deps, entries);", ""]],
  },
  "no-unique-identity": {
    experiments: ["twins"],
    told: "the unique constraint on source and identity is dropped",
    replace: [["store/intake.js", "ON CONFLICT (source, identity) DO NOTHING", ""]],
    sql: ["ALTER TABLE submissions DROP CONSTRAINT submissions_source_identity_key"],
  },
  "claim-ignored": {
    experiments: ["twins"],
    told: "a claim that was lost counts as won",
    replace: [
      ["flow/accept.js", "if (claimed < submissions.length + events.length || gated < messages.length)", "if (false)"],
    ],
  },
  "stop-at-once": {
    experiments: ["restart"],
    told: "ends on SIGTERM without waiting for requests under way",
    replace: [["cli/serve.js", "await stopSignal(log);", "await stopSignal(log); process.exit();"]],
  },
  "mail-at-once": {
    experiments: ["clock"],
    told: "does not look at when a mail is due",
    replace: [["store/outbox.js", "AND due_at <= ", "AND 'epoch'::timestamptz <= "]],
  },
  "no-rest": {
    experiments: ["clock"],
    told: "jobs do not rest once the clock has jumped",
    replace: [
      [
        "worker/loop.js",
        "await rest(restMs, rung);",
        "await rest(Math.abs(Date.now() - performance.timeOrigin - performance.now()) > 60_000 ? 0 : restMs, rung);",
      ],
    ],
  },
  "open-files": {
    experiments: ["soak"],
    told: "leaves a file open with every batch",
    replace: [
      [
        "flow/accept.js",
        "const accept = async (batch) => {",
        'const accept = async (batch) => {\n        openSync("/dev/null", "r");',
      ],
      ["flow/accept.js", "import { LeadgateError }", 'import { openSync } from "node:fs";\nimport { LeadgateError }'],
    ],
  },
};

/** Breaks a copy of the build. Throws where the text that is to be replaced is not there once. */
export function sabotageBuild(build, { replace = [] }) {
  for (const [name, text, other] of replace) {
    const file = join(build.place, "dist", name);
    const before = readFileSync(file, "utf8");
    if (before.split(text).length !== 2) throw new Error(`the sabotage does not fit ${name} any more: ${text}`);
    writeFileSync(
      file,
      before.replace(text, () => other),
    );
  }
}
