import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";

const RESULTS = new URL("../results/faults.json", import.meta.url);
const DOCUMENT = new URL("../../../docs/reliability.md", import.meta.url);

/** Adds what was found to the results of before, and puts the table of all of them into docs/reliability.md. */
export function keepResults(results, sabotage) {
  const kept = readKept();
  const measured = `${new Date().toISOString().slice(0, 10)}, Node ${process.version}, ${cpus().length} cores`;
  for (const { experiment, ...result } of results) {
    if (result.skipped !== undefined) continue;
    if (sabotage === undefined)
      kept.experiments[experiment] = together(kept.experiments[experiment], { measured, ...result });
    else kept.sabotages[sabotage] = { experiment, measured, ...result };
  }
  mkdirSync(new URL(".", RESULTS), { recursive: true });
  writeFileSync(RESULTS, `${JSON.stringify(kept, null, 2)}\n`);
  const document = readFileSync(DOCUMENT, "utf8");
  const marks = /(<!-- experiments -->\n)[\s\S]*?(\n<!-- \/experiments -->)/;
  writeFileSync(
    DOCUMENT,
    document.replace(marks, (_, begin, end) => begin + documentOf(kept) + end),
  );
}

/** Long runs are made in pieces: one that goes on where the last one ended, by its seeds, is added to it. */
function together(before, piece) {
  if (before === undefined || before.seed + before.runs !== piece.seed) return piece;
  const sums = ["runs", "acknowledged", "unknown", "lost", "unexpected", "duplicated", "changed", "recovered"];
  const added = [...sums, "violations", "seconds"].map((name) => [name, before[name] + piece[name]]);
  const slowest = [before, piece]
    .map((one) => one.slowest)
    .toSorted((one, other) => Number.parseInt(other, 10) - Number.parseInt(one, 10))[0];
  const first = before.first ?? piece.first;
  const notes = [before.notes, piece.notes].filter(Boolean).join("; then ");
  return { ...piece, ...Object.fromEntries(added), seed: before.seed, slowest, notes, ...(first && { first }) };
}

function readKept() {
  try {
    return JSON.parse(readFileSync(RESULTS, "utf8"));
  } catch {
    return { experiments: {}, sabotages: {} };
  }
}

function documentOf({ experiments, sabotages }) {
  const rows = Object.entries(experiments).map(([experiment, { asked, runs, ...rest }]) => ({
    experiment,
    asked,
    made: runs,
    ...pick(rest, ["acknowledged", "unknown", "recovered", "lost", "unexpected", "duplicated", "changed"]),
    ...pick(rest, ["slowest", "seed", "violations"]),
  }));
  const told = Object.entries(experiments).map(([name, { measured, notes }]) => {
    return `- ${name}: measured ${measured}${notes && `; ${notes}`}`;
  });
  const broken = Object.entries(sabotages).map(([sabotage, { experiment, told: what, runs, violations, first }]) => {
    return { sabotage, what, experiment, runs, violations, first: first ?? "not noticed" };
  });
  return [tableOf(rows), "", ...told, "", tableOf(broken)].join("\n");
}

const pick = (object, names) => Object.fromEntries(names.map((name) => [name, object[name]]));

/** A table in Markdown, of rows with the same names. */
export function tableOf(rows) {
  if (rows.length === 0) return "";
  const names = Object.keys(rows[0]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [line(names), line(names.map(() => "---")), ...rows.map((row) => line(names.map((name) => row[name])))].join(
    "\n",
  );
}
