// Thousands of connections that send nothing, or next to nothing, beside callers who want to be served.
//   npm run faults:sockets                                 2,000 slow connections for a minute
//   npm run faults:sockets -- --sockets 100 --seconds 3    a short one; --untimed leaves out the limits of time and memory
import { parseArgs } from "node:util";
import { serveCopy } from "./support/served-copy.mjs";
import { KINDS, SlowSocket } from "./support/slow-socket.mjs";

const { values: options } = parseArgs({
  options: {
    sockets: { type: "string", default: "2000" },
    seconds: { type: "string", default: "60" },
    /** Finds fault with no time and no memory, which a busy machine may be to blame for. */
    untimed: { type: "boolean", default: false },
    every: { type: "string", default: "3" },
    kinds: { type: "string", default: Object.keys(KINDS).join(",") },
  },
});
const seconds = Number(options.seconds);
const kinds = options.kinds.split(",");

/** Longest that the slowest one in a hundred honest requests may take. */
const LIMIT_P99_MS = 1_000;
/** Most that memory may stand above its start, while they are there and after they are gone. */
const LIMIT_GROWTH_MB = 150;
/** Honest callers, and how long each rests between two requests. */
const CALLERS = 8;
const REST_MS = 100;

const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Honest requests until told to stop; every other one on a connection of its own. */
function honestLoad(served, begun) {
  const load = { times: [], failed: [], isOver: false };
  const call = async (caller) => {
    for (let turn = 0; !load.isOver; turn++) {
      const at = performance.now();
      await served
        .call(
          "/webhooks/site",
          { email: `honest-${caller}-${turn}-${begun}@example.com`, firstName: "Ann" },
          turn % 2 === 1,
        )
        .then(async (answer) => {
          await answer.arrayBuffer();
          if (answer.status !== 200) load.failed.push(`answered ${answer.status}`);
        })
        .catch((error) => load.failed.push(String(error.cause ?? error)));
      load.times.push(performance.now() - at);
      await sleep(REST_MS);
    }
  };
  const callers = Array.from({ length: CALLERS }, (_, caller) => call(caller));
  load.stop = async () => {
    load.isOver = true;
    await Promise.all(callers);
    const sorted = load.times.sort((a, b) => a - b);
    const at = (share) => Math.round(sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]);
    return {
      requests: sorted.length,
      "median ms": at(0.5),
      "p99 ms": at(0.99),
      "slowest ms": at(1),
      failed: load.failed.length,
    };
  };
  return load;
}

/** The most memory until it is asked. */
function watchMemory(served) {
  let peak = served.residentMb();
  const timer = setInterval(() => {
    peak = Math.max(peak, served.residentMb());
  }, 250);
  return () => {
    clearInterval(timer);
    return Math.max(peak, served.residentMb());
  };
}

async function run(served) {
  const before = honestLoad(served, 1);
  await sleep(Math.min(seconds, 20) * 1_000);
  const alone = await before.stop();
  const start = served.residentMb();
  const peakOf = watchMemory(served);
  const slow = Array.from({ length: Number(options.sockets) }, (_, index) => {
    const kind = kinds[index % kinds.length];
    return { kind, socket: new SlowSocket(kind, served.port, Number(options.every) * 1_000) };
  });
  const beside = honestLoad(served, 2);
  await sleep(seconds * 1_000);
  const crowded = await beside.stop();
  const open = slow.filter(({ socket }) => socket.isOpen).length;
  const peak = peakOf();
  for (const { socket } of slow) socket.stop();
  await sleep(Math.min(seconds, 10) * 1_000);
  const after = honestLoad(served, 3);
  await sleep(Math.min(seconds, 5) * 1_000);
  const later = await after.stop();
  const end = served.residentMb();
  console.table({ "without them": alone, "beside them": crowded, "after them": later });
  console.table(Object.fromEntries(kinds.map((kind) => [kind, tally(slow.filter((one) => one.kind === kind))])));
  console.log(`open at the end: ${open} of ${slow.length}`);
  console.log(`resident memory: ${start} MB at the start, ${peak} MB at most, ${end} MB when they were gone`);
  return findingsOf({ alone, crowded, later, start, peak, end, open: open / slow.length, slow }, served);
}

function tally(ones) {
  const sum = (name) => ones.reduce((total, { socket }) => total + socket[name], 0);
  return { sockets: ones.length, "cut by the server": sum("cuts"), refused: sum("refused") };
}

function findingsOf({ alone, crowded, later, start, peak, end, open, slow }, served) {
  const failed = alone.failed + crowded.failed + later.failed;
  const kept = slow.filter(({ kind, socket }) => seconds > KINDS[kind].cutAfter && socket.cuts === 0);
  const loud = served
    .output()
    .split("\n")
    .filter((line) => /"level":(50|60)|unhandled|uncaught/i.test(line));
  return [
    !options.untimed &&
      crowded["p99 ms"] >= LIMIT_P99_MS &&
      `the slowest honest request in a hundred took ${crowded["p99 ms"]} ms`,
    failed > 0 && `${failed} honest requests failed`,
    !options.untimed && peak - start > LIMIT_GROWTH_MB && `memory grew by ${peak - start} MB`,
    !options.untimed && end - start > LIMIT_GROWTH_MB && `${end - start} MB stayed taken`,
    open < 0.5 && "most slow connections were not open: nothing was measured",
    kept.length > 0 && `${kept.length} slow connections were never cut, of kind ${kept[0].kind} among others`,
    served.hasEnded() && "the process ended",
    loud.length > 0 && `the process said: ${loud[0].slice(0, 300)}`,
  ].filter(Boolean);
}

const served = await serveCopy({ settings: { MAIL_MODE: "shadow" } });
let findings = [];
try {
  findings = await run(served);
} finally {
  await served.stop();
}
for (const finding of findings) console.log(`finding: ${finding}`);
console.log(findings.length > 0 ? `${findings.length} findings` : "every promise was kept");
process.exitCode = findings.length > 0 ? 1 : 0;
