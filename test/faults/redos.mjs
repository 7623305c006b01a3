// Every regular expression of the sources, and every function that reads what strangers write, with texts made to
// make them slow: ten times the text must not take a hundred times the time.
//   npm run faults:redos                              1,000, 10,000 and 100,000 characters
//   npm run faults:redos -- --longest 10000           a short one
//   npm run faults:redos -- --only "mail: defused"    what has this in its name
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker, workerData } from "node:worker_threads";
import { findPatterns } from "./support/find-patterns.mjs";
import { isSteep, shortest } from "./support/growth.mjs";
import { hostileTexts, unitsOf } from "./support/hostile-texts.mjs";
import { textFunctions } from "./support/text-functions.mjs";
import { copyBuild } from "./support/world.mjs";

const { values: options } = parseArgs({
  options: { longest: { type: "string", default: "100000" }, only: { type: "string", default: "" } },
});
const longest = Number(options.longest);
const lengths = [1_000, 10_000, 100_000].filter((length) => length <= longest);
/** A text that takes longer than this at any length is a finding, and longer ones of its kind are not tried. */
const LIMIT_MS = 1_000;
/** Nothing heard for this long: what was announced last hangs. */
const PATIENCE_MS = 60_000;
/** Of the kinds of texts, those that were slowest at a length are tried at the next. */
const KEPT = { 1000: 60, 10000: 8, 100000: 0 };

/** Patterns that are steep, and why they never see more than so many characters; they are tried with as many. */
const BOUNDED = {
  "/[\\p{L}\\p{N}\\p{M}!#$%&'*+\\-/=?^_`{|}~.]+$/u": { most: 200, why: "what stands before an `@`, cut to so much" },
  "/\\/+$/": { most: 2_000, why: "the owner's own PUBLIC_URL, read at start" },
  "/\\.+$/": { most: 2_000, why: "the host of a URL, which ends long before" },
  "/\\[[^\\]]*\\]/gu": { most: 2_000, why: "the owner's own pattern, of bounded length, read at start" },
  "/([^\\s\"'=/]+)\\s*=\\s*$/": { most: 64, why: "a tag's last 64 characters" },
  "/\\s*\\n\\s*/g": { most: 2_000, why: "the owner's postal address" },
  "/\\{\\{[\\s\\S]*?\\}\\}|\\{%[\\s\\S]*?%\\}/g": { most: 2_000, why: "the owner's own template, read at start" },
};

if (isMainThread) await watch();
else await work(workerData);

/** Runs the trials in a thread that can be ended while a regular expression has it; a next one goes on behind that. */
async function watch() {
  const findings = [];
  const rows = [];
  const build = copyBuild();
  try {
    for (let from = 0; from !== undefined; ) from = await watchFrom({ from, place: build.place }, rows, findings);
  } finally {
    build.remove();
  }
  console.log(tableOf(rows));
  for (const finding of findings) console.log(`finding: ${finding}`);
  console.log(findings.length > 0 ? `${findings.length} findings` : "nothing grows faster than its text");
  process.exitCode = findings.length > 0 ? 1 : 0;
}

/** @returns the trial to go on with, if there is one. */
async function watchFrom(data, rows, findings) {
  const thread = new Worker(new URL(import.meta.url), { argv: process.argv.slice(2), workerData: data });
  let last = { index: data.from, name: "the start" };
  let timer;
  const next = await new Promise((resolve, reject) => {
    const giveUp = () => {
      findings.push(`${last.name} hangs`);
      resolve(last.index + 1);
    };
    const hear = (message = {}) => {
      clearTimeout(timer);
      timer = setTimeout(giveUp, PATIENCE_MS);
      if (message.trying) last = message.trying;
      if (message.told) console.log(message.told);
      if (message.row) rows.push(message.row);
      if (message.finding) findings.push(message.finding);
      if (message.done) resolve(undefined);
    };
    thread.on("message", hear).on("error", reject);
    hear();
  });
  clearTimeout(timer);
  await thread.terminate();
  return next;
}

async function work({ from, place }) {
  const say = (message) => parentPort.postMessage(message);
  const patterns = findPatterns();
  const functions = Object.entries(
    await textFunctions((name) => import(pathToFileURL(join(place, "dist", name)).href)),
  );
  if (from === 0) {
    say({ told: `${patterns.length} regular expressions, ${functions.length} functions` });
    if (patterns.length < 50) say({ finding: `only ${patterns.length} regular expressions were found in the sources` });
    for (const literal of Object.keys(BOUNDED))
      if (!patterns.some((one) => one.literal === literal)) say({ finding: `${literal} stands in no source any more` });
  }
  const trials = [...patterns.map(patternTrial), ...functions.map(([name, run]) => ({ name, run: quietly(run) }))];
  trials.forEach((trial, index) => {
    if (index < from || !trial.name.includes(options.only)) return;
    const announce = (what) => say({ trying: { index, name: `${trial.name}, ${what}` } });
    say({ row: { name: trial.name, ...tryOut(trial, say, announce) } });
  });
  say({ done: true });
}

function patternTrial({ literal, place, expression }) {
  const run = expression.global ? (text) => text.replace(expression, "") : (text) => expression.test(text);
  const most = BOUNDED[literal]?.most;
  return { name: `${literal} (${place})`, units: unitsOf({ literal }), run, ...(most !== undefined && { most }) };
}

/** Refusing is an answer too. */
function quietly(run) {
  return (text) => {
    try {
      run(text);
    } catch (error) {
      if (error.name !== "LeadgateError" && !("kind" in error)) throw error;
    }
  };
}

/** The slowest text at each length, and how it grew from the last but one to the last. */
function tryOut({ name, run, units, most = longest }, say, announce) {
  const slowest = { ms: {}, text: "" };
  let kinds = hostileTexts(units);
  for (const length of lengths) {
    announce(`${length} characters`);
    const tried = kinds.map((kind) => ({
      kind,
      ms: shortest(run, kind.of(Math.min(length, most)), length < 100_000 ? 2 : 1),
    }));
    const findings = tried.map((one) => verdict({ name, run, ...one, length, most })).filter(Boolean);
    if (findings.length > 0) say({ finding: findings[0] });
    const sorted = tried.sort((a, b) => b.ms - a.ms);
    slowest.ms[length] = sorted[0].ms;
    slowest.text = sorted[0].kind.name;
    // What is steep is among the slowest before long, and what takes too long already will only take longer.
    kinds = sorted
      .filter(({ ms }) => ms <= LIMIT_MS)
      .slice(0, KEPT[length])
      .map(({ kind }) => kind);
    if (kinds.length === 0) break;
  }
  return slowest;
}

function verdict({ name, run, kind, ms, length, most }) {
  if (ms > LIMIT_MS) return `${name} takes ${Math.round(ms)} ms for ${length} characters of ${kind.name}`;
  const isLast = length === longest && most >= longest;
  if (!isLast || !isSteep(run, kind.of, length, ms)) return undefined;
  return `${name} grows faster than ${kind.name}: ${ms.toFixed(1)} ms for ${length}`;
}

function tableOf(rows) {
  const last = lengths.at(-1);
  const ratio = ({ ms }) => ms[last] / (ms[last / 10] ?? Number.NaN);
  const exponent = (row) => (row.ms[last] < 1 ? "" : Math.log10(ratio(row)).toFixed(2));
  const sorted = rows.sort((a, b) => b.ms[last] - a.ms[last]).slice(0, 25);
  const line = (row) =>
    `| ${row.name.replaceAll("|", "\\|").slice(0, 90)} | ${lengths.map((length) => row.ms[length]?.toFixed(2)).join(" | ")} | ${exponent(row)} | ${row.text.slice(0, 40)} |`;
  return [`| slowest, ms for characters | ${lengths.join(" | ")} | exponent | text |`, ...sorted.map(line)].join("\n");
}
