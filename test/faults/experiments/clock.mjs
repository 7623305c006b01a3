import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { personOf, send } from "../support/clients.mjs";
import { processorShare } from "../support/process-state.mjs";
import { checkSet } from "../support/set-checker.mjs";
import { embeddedStore, postgresStore } from "../support/stores.mjs";
import { sleep, startProcess, stopProcess, until } from "../support/world.mjs";

const HOUR_MS = 3_600_000;
const JUMPS_MS = [HOUR_MS, -HOUR_MS, 24 * HOUR_MS, -24 * HOUR_MS];
const DELAYS_MS = { welcome: 0, later: 2_000, next: HOUR_MS / 2 };
const CONFIGURATION = `followUps:
  - { name: welcome, on: submission, template: welcome }
  - { name: later, on: submission, template: later, delay: 2s }
  - { name: next, on: submission, template: next, delay: 30m }
`;
const PEOPLE = 10;
/** Of one core, with nothing to do but wait. */
const MOST_PROCESSOR = 0.5;

/**
 * The clock jumps an hour or a day while mails wait, and back. What is promised: no mail goes before it is due by the
 * clock of the process, and where the clock was not set in between that is the delay by the monotonic clock too; nothing
 * is lost, nothing is mailed twice, and no loop runs hot.
 */
export const clock = {
  asked: 50,
  short: 1,
  /** Of a core, with nothing to do. */
  unit: "%",
  async run(world, tally) {
    const stores = [embeddedStore(world), ...(world.cluster ? [await postgresStore(world)] : [])];
    for (const [index, store] of stores.entries()) {
      const runs = tally.share(index, stores.length);
      if (runs.length > 0) await jumps(world, store, runs, tally);
      await store.remove();
    }
  },
};

async function jumps(world, store, runs, tally) {
  const bent = createBentClock(world);
  const settings = { PORT: "0", SENDGRID_BASE_URL: world.standIn.url, ...store.settings, ...bent.settings };
  const served = await startProcess(world.build, "serve", settings);
  const calls = [];
  world.standIn.behave = ({ messageId, body }) => {
    calls.push({
      messageId,
      to: body.personalizations[0].to[0].email,
      at: bent.latest(),
      monotonic: performance.now(),
    });
    return "accept";
  };
  const histories = [];
  for (const run of runs) histories.push(await jump(world, { run, served, bent, calls, tally }));
  await stopProcess(served);
  bent.remove();
  const stored = await store.stored("clock-");
  for (const { run, prefix, people } of histories) {
    tally.count(
      run,
      checkSet(
        people,
        stored.filter(({ email }) => email.startsWith(prefix)),
      ),
    );
  }
}

async function jump({ short }, { run, served, bent, calls, tally }) {
  const prefix = `clock-${run.seed}-`;
  const jumpMs = run.random.pick(JUMPS_MS) + run.random.below(1_000);
  const people = Array.from({ length: 2 * PEOPLE }, (_, index) => personOf(prefix, index));
  const post = async (those) => {
    for (const person of those) {
      Object.assign(person, { sentAt: performance.now(), era: bent.era() });
      person.answers.push(await send(served.url, "/v1/leads", { body: person.body, key: person.key }));
    }
  };
  await bent.set(0);
  await post(people.slice(0, PEOPLE));
  await sleep(run.random.below(short ? 100 : 2_500));
  await bent.set(jumpMs);
  await post(people.slice(PEOPLE));
  await sleep(500);
  const share = await processorShare(served.child.pid, short ? 1_000 : 5_000);
  tally.slowest(share * 100);
  if (share > MOST_PROCESSOR && !short) tally.broken(run, `${Math.round(share * 100)} % of a core with nothing to do`);
  await bent.set(0);
  await sleep(run.random.below(500));
  // Two days later everything is due, whatever the clock was when it was queued.
  await bent.set(48 * HOUR_MS + HOUR_MS);
  const ours = () => calls.filter(({ to }) => to.startsWith(prefix));
  const expected = people.length * Object.keys(DELAYS_MS).length;
  await until(() => ours().length >= expected, "mailed", 15_000).catch(() => undefined);
  const rows = await messagesOf(served.url);
  for (const fault of faultsOf({ people, calls: ours(), rows, expected, bent })) tally.broken(run, fault);
  await bent.set(0);
  return { run, prefix, people };
}

/** What became of the mails, held against what is promised. */
function faultsOf({ people, calls, rows, expected, bent }) {
  const faults = [];
  const ids = new Set(calls.map(({ messageId }) => messageId));
  if (ids.size < expected) faults.push(`${expected - ids.size} of ${expected} mails never went`);
  if (calls.length > ids.size) faults.push(`${calls.length - ids.size} mails went twice`);
  const early = calls.map((call) => Date.parse(rows.get(call.messageId).dueAt) - call.at).filter((ms) => ms > 0);
  if (early.length > 0)
    faults.push(`${early.length} mails went before they were due, by ${Math.max(...early)} ms at most`);
  const sent = new Map(people.map((person) => [person.email, person]));
  const soon = calls.filter(({ messageId, to, monotonic }) => {
    const { sentAt, era } = sent.get(to);
    return bent.eraAt(monotonic) === era && monotonic - sentAt < DELAYS_MS[rows.get(messageId).template];
  });
  if (soon.length > 0) faults.push(`${soon.length} mails went before their delay was over by the monotonic clock`);
  return faults;
}

async function messagesOf(url) {
  const rows = new Map();
  for (let cursor = ""; cursor !== null; ) {
    const { text } = await send(url, `/v1/messages?limit=200${cursor && `&cursor=${encodeURIComponent(cursor)}`}`);
    const page = JSON.parse(text);
    for (const row of page.data) rows.set(row.id, row);
    cursor = page.nextCursor;
  }
  return rows;
}

/** The clock of a process that is started with these settings. */
function createBentClock({ build }) {
  const folder = mkdtempSync(join(tmpdir(), "leadgate-faults-clock-"));
  const file = join(folder, "offset");
  writeFileSync(file, "0");
  writeFileSync(join(folder, "leadgate.config.yaml"), CONFIGURATION);
  mkdirSync(join(folder, "templates"));
  for (const name of ["later", "next"]) {
    cpSync(join(build.place, "dist/mail/templates-builtin/welcome.liquid"), join(folder, `templates/${name}.liquid`));
  }
  const eras = [{ offsetMs: 0, from: 0 }];
  const last = () => eras.at(-1);
  return {
    settings: {
      LEADGATE_CONFIG: join(folder, "leadgate.config.yaml"),
      LEADGATE_FAULT_CLOCK: file,
      NODE_OPTIONS: `--import ${new URL("../support/bent-clock.mjs", import.meta.url).href}`,
    },
    /** Sets it, and waits until the process has seen it. */
    async set(offsetMs) {
      if (offsetMs === last().offsetMs) return;
      writeFileSync(file, String(offsetMs));
      eras.push({ offsetMs, from: performance.now() });
      await sleep(100);
    },
    era: () => eras.length,
    eraAt: (monotonic) => eras.filter(({ from }) => from <= monotonic).length,
    /** What it says now, or said a moment ago, if that is later. */
    latest() {
      const [before = last()] = eras.slice(-2);
      const isFresh = performance.now() - last().from < 200;
      return Date.now() + (isFresh ? Math.max(before.offsetMs, last().offsetMs) : last().offsetMs);
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
