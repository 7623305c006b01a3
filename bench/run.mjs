// `npm run bench`: every measure in turn, one after the other in one run, so that ratios are of the same machine at the
// same time. Prints tables and writes bench/results/*.json.
//
//   --only intake,arrays    some measures only
//   --seconds 5             how long each load lasts
//   --rounds 3              how often, of which the median counts
//   --large 1000000         leads in the largest table
import { mkdirSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { machine } from "./support/machine.mjs";

const MEASURES = ["intake", "arrays", "repeats", "pace", "tables", "mails", "queries"];
const { values } = parseArgs({
  options: {
    only: { type: "string", default: MEASURES.join(",") },
    seconds: { type: "string", default: "5" },
    rounds: { type: "string", default: "3" },
    large: { type: "string", default: "1000000" },
  },
});
const options = { seconds: Number(values.seconds), rounds: Number(values.rounds), large: Number(values.large) };
const results = fileURLToPath(new URL("./results/", import.meta.url));
mkdirSync(results, { recursive: true });
for (const name of values.only.split(",")) {
  if (!MEASURES.includes(name)) {
    console.error(`there is no measure "${name}"; choose from ${MEASURES.join(", ")}`);
    process.exit(2);
  }
  console.log(`\n== ${name}`);
  const { measure } = await import(`./measures/${name}.mjs`);
  const on = machine();
  const result = await measure(options);
  const file = `${results}${name}.json`;
  writeFileSync(file, `${JSON.stringify({ machine: on, options, ...result }, null, 2)}\n`);
}
