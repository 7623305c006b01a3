// Bad inputs and mutations of honest requests, against a real process: nothing may be answered 5xx, nothing may end it.
//   npm run faults:input                                        10,000 distinct bad inputs and 100,000 mutations in one run
//   npm run faults:input -- --inputs 500 --mutations 2000       a short one
//   npm run faults:input -- --case mutation:4711                one of them again, with its request and its answer
import { createHash } from "node:crypto";
import { parseArgs } from "node:util";
import { badInputs } from "./support/hostile-inputs.mjs";
import { mutation } from "./support/hostile-mutations.mjs";
import { ADDRESS, PAYLOADS } from "./support/hostile-seeds.mjs";
import { RawConnection } from "./support/raw-connection.mjs";
import { bytesOfRequest } from "./support/raw-request.mjs";
import { serveCopy } from "./support/served-copy.mjs";

const { values: options } = parseArgs({
  options: {
    inputs: { type: "string", default: "10000" },
    mutations: { type: "string", default: "100000" },
    seed: { type: "string", default: "1" },
    connections: { type: "string", default: "16" },
    case: { type: "string" },
  },
});
/** Longest wait for an answer; a request that is broken on purpose may get none. */
const LIMIT_MS = 20_000;
const LIMIT_BROKEN_MS = 1_000;

/** Rules that read what strangers wrote, so that conditions and mails are tried too. */
const CONFIGURATION = `followUps:
  - { name: welcome, on: submission, template: welcome, when: "lead.message == null || !lead.message.contains('unwanted')" }
  - { name: pro, on: submission, template: pro, when: "lead.attributes.plan == 'pro' && lead.email.matches('^[a-z0-9]+@')" }
  - { name: paid, on: "event:order.paid", template: paid, when: "event.value > 10" }
`;

/** Every request with its name, each distinct from all before it. */
function* distinctCases() {
  const seen = new Set();
  const isNew = (request) => {
    const { bytes } = bytesOfRequest(request);
    const digest = createHash("sha256").update(bytes).digest("base64");
    return !seen.has(digest) && seen.add(digest);
  };
  yield* upTo(Number(options.inputs), numbered("input", 0, spread(badInputs())), isNew);
  yield* upTo(Number(options.mutations), numbered("mutation", Number(options.seed), mutations()), isNew);
}

function* numbered(kind, first, requests) {
  let number = first;
  for (const request of requests) yield { name: `${kind}:${number++}`, request };
}

function* mutations() {
  for (let seed = Number(options.seed); ; seed++) yield mutation(seed);
}

/** All there are, in an order in which the first few are of every kind. */
function spread(requests) {
  const all = [...requests];
  const step = 7_919;
  if (all.length % step === 0) throw new Error("the step would not meet them all");
  return all.map((_, index) => all[(index * step) % all.length]);
}

function* upTo(count, cases, isNew) {
  let left = count;
  for (const one of cases) {
    if (left === 0) return;
    if (!isNew(one.request)) continue;
    left--;
    yield one;
  }
  if (left > 0) throw new Error(`there are ${left} distinct requests too few`);
}

async function sendAll(served, cases) {
  const told = { sent: 0, byStatus: {}, times: [], slowest: [], findings: [] };
  const take = async () => {
    const connection = new RawConnection(served.port);
    for (let next = cases.next(); !next.done && !served.hasEnded(); next = cases.next()) {
      const { name, request } = next.value;
      const { bytes, ends } = bytesOfRequest(request);
      const answer = await connection.send(bytes, {
        method: request.method,
        ends,
        limitMs: ends ? LIMIT_BROKEN_MS : LIMIT_MS,
      });
      note(told, { name, request, ends, ...answer });
    }
    connection.close();
  };
  await Promise.all(Array.from({ length: Number(options.connections) }, take));
  return told;
}

function note(told, one) {
  const { name, status, ms, ends } = one;
  told.sent++;
  told.byStatus[status] = (told.byStatus[status] ?? 0) + 1;
  if (told.sent % 10_000 === 0) console.log(`${told.sent} sent`);
  const isMissing = status < 1 && !ends;
  if (status >= 500 || isMissing) told.findings.push(`${name} was answered ${status}: ${summaryOf(one)}`);
  if (status < 1) return;
  told.times.push(ms);
  told.slowest.push({ name, ms, status, request: one.request });
  if (told.slowest.length > 200) told.slowest = slowestOf(told);
}

const slowestOf = (told) => told.slowest.sort((a, b) => b.ms - a.ms).slice(0, 20);

function summaryOf({ request, body }) {
  const text = request.body.toString("latin1").slice(0, 300);
  return `${request.method} ${request.target.slice(0, 100)} ${JSON.stringify(text)} → ${String(body).slice(0, 300)}`;
}

/** What the slowest took while others waited beside them, and what each takes alone. */
async function againAlone(served, told) {
  const connection = new RawConnection(served.port);
  const rows = [];
  for (const { name, ms, status, request } of slowestOf(told)) {
    const { bytes, ends } = bytesOfRequest(request);
    const alone = await connection.send(bytes, { method: request.method, ends, limitMs: LIMIT_MS });
    rows.push({
      name,
      ms,
      status,
      alone: alone.ms,
      told: `${request.method} ${request.target.slice(0, 60)} ${request.body.length} bytes`,
    });
  }
  connection.close();
  return rows;
}

/** What an honest lead and the process's own counts say afterwards. */
async function askAfterwards(served, told) {
  const lead = { ...PAYLOADS.own, email: `honest-${process.pid}@example.com` };
  const first = await served.call("/v1/leads", lead);
  const again = await served.call("/v1/leads", lead);
  const { data } = await (await served.call(`/v1/leads?email=${lead.email}`)).json();
  const isTaken =
    first.status === 201 &&
    again.headers.get("idempotent-replayed") === "true" &&
    data[0]?.firstName === lead.firstName;
  if (!isTaken) told.findings.push(`an honest lead was answered ${first.status} afterwards`);
  const metrics = await (await served.call("/metrics")).text();
  const counted = {};
  for (const [, status, count] of metrics.matchAll(
    /^leadgate_http_request_duration_seconds_count\{.*status="(\d+)"\} (\d+)/gm,
  ))
    counted[status] = (counted[status] ?? 0) + Number(count);
  for (const [status, count] of Object.entries(counted))
    if (status >= 500) told.findings.push(`the metrics count ${count} answers of ${status}`);
  return { counted, stats: await (await served.call("/v1/stats")).json() };
}

function lookAtOutput(served, told) {
  if (served.hasEnded()) told.findings.push("the process ended");
  const bad = served
    .output()
    .split("\n")
    .filter((line) => /"level":(50|60)|unhandled|uncaught|FATAL|heap out of memory/i.test(line));
  for (const line of bad.slice(0, 5)) told.findings.push(`the process said: ${line.slice(0, 400)}`);
}

async function run(served) {
  const begun = performance.now();
  const memoryAtStart = served.residentMb();
  const told = await sendAll(served, distinctCases());
  const seconds = (performance.now() - begun) / 1_000;
  const rows = served.hasEnded() ? [] : await againAlone(served, told);
  const after = served.hasEnded() ? {} : await askAfterwards(served, told);
  lookAtOutput(served, told);
  const times = told.times.sort((a, b) => a - b);
  const atShare = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))]?.toFixed(1);
  console.log(
    `${told.sent} distinct requests in ${seconds.toFixed(0)} s over ${options.connections} connections, seed ${options.seed}`,
  );
  console.log(`answers by status (0: cut, -1: none): ${JSON.stringify(told.byStatus)}`);
  console.log(`ms: median ${atShare(0.5)}, 99 % ${atShare(0.99)}, slowest ${atShare(1)}`);
  for (const row of rows.slice(0, 5))
    console.log(
      `slow: ${row.name} (${row.status}) ${row.ms.toFixed(0)} ms, alone ${row.alone.toFixed(0)} ms: ${row.told}`,
    );
  console.log(`counted by the process: ${JSON.stringify(after.counted)}`);
  console.log(`stats: ${JSON.stringify(after.stats)}`);
  if (!served.hasEnded())
    console.log(`resident memory: ${memoryAtStart} MB at the start, ${served.residentMb()} MB at the end`);
  return told.findings;
}

async function runOne(served, name) {
  const [kind, number] = name.split(":");
  const request = kind === "mutation" ? mutation(Number(number)) : spread(badInputs())[Number(number)];
  const { bytes, ends } = bytesOfRequest(request);
  console.log(bytes.toString("latin1"));
  const connection = new RawConnection(served.port);
  const { status, ms, body } = await connection.send(bytes, { method: request.method, ends, limitMs: LIMIT_MS });
  connection.close();
  console.log(`\n→ ${status} after ${ms.toFixed(0)} ms\n${body}`);
  return status >= 500 ? [`${name} was answered ${status}`] : [];
}

const served = await serveCopy({ configuration: CONFIGURATION, templates: ["welcome", "pro", "paid"] });
let findings;
try {
  findings = options.case === undefined ? await run(served) : await runOne(served, options.case);
} finally {
  const code = await served.stop();
  if (code !== 0) findings?.push(`the process ended with ${code}`);
}
for (const finding of findings.slice(0, 20)) console.log(`finding: ${finding}`);
console.log(
  findings.length > 0
    ? `${findings.length} findings`
    : `nothing was found; honest leads such as ${ADDRESS}'s are taken`,
);
process.exitCode = findings.length > 0 ? 1 : 0;
