import { latencies, send, startClients } from "../support/clients.mjs";
import { DATABASE_FAULTS } from "../support/database-faults.mjs";
import { handles, residentMb } from "../support/process-state.mjs";
import { checkSet } from "../support/set-checker.mjs";
import { postgresStore } from "../support/stores.mjs";
import { sleep, startProcess, stopProcess, until } from "../support/world.mjs";

const FAULTS = ["stopped, immediate", "every connection ended", "frozen", "no connection left"];
/** What may be more at the end than in the middle. */
const MOST_GROWTH = { handles: 16, connections: 2, megabytes: 64 };

/** Minutes of mixed load with faults, one run a minute: memory, handles and connections stay as they are. */
export const soak = {
  asked: 20,
  short: 1,
  needsPostgres: true,
  async run(world, tally) {
    const store = await postgresStore(world);
    const settings = { PORT: "0", FORM_RATE_LIMIT: "0", SENDGRID_BASE_URL: world.standIn.url, ...store.settings };
    const served = await startProcess(world.build, "serve", settings);
    world.standIn.forget();
    world.standIn.behave = () => "accept";
    const minutes = tally.share(0, 1);
    await minute(world, { run: minutes[0], store, served, tally, part: "warm-up-" }, world.short ? 1_000 : 10_000);
    const states = [await state(store, served)];
    for (const run of minutes) {
      await minute(world, { run, store, served, tally, part: "" }, world.short ? 4_000 : 55_000);
      states.push(await state(store, served));
    }
    const middle = states[Math.floor((states.length - 1) / 2)];
    if (!world.short) judge(minutes.at(-1), middle, states.at(-1), tally);
    for (const [when, { megabytes, handles: open, connections }] of [
      ["start", states[0]],
      ["middle", middle],
      ["end", states.at(-1)],
    ]) {
      tally.note(`${when}: ${megabytes} MB, ${open} handles, ${connections} connections`);
    }
    if (world.standIn.mostAccepted > 1) tally.broken(minutes[0], "a mail was accepted more than once");
    await stopProcess(served);
    await store.remove();
  },
};

async function minute({ cluster, short }, { run, store, served, tally, part }, ms) {
  const prefix = `soak-${part}${run.seed}-`;
  const url = () => served.url;
  const clients = startClients({ prefix, count: 8, random: run.random, url, pauseMs: 20 });
  let stopping = false;
  const others = mixed(served.url, `other-${part}${run.seed}-`, () => stopping);
  const end = Date.now() + ms;
  for (let nth = run.seed; Date.now() < end; nth++) {
    await sleep(Math.min(end - Date.now(), short ? 1_000 : 10_000));
    if (Date.now() >= end) break;
    const mend = await DATABASE_FAULTS[FAULTS[nth % FAULTS.length]]({ cluster });
    await sleep(short ? 500 : 2_000);
    await mend();
  }
  stopping = true;
  await Promise.all([clients.stop(), others]);
  const look = async () => checkSet(clients.attempts, await store.stored(prefix));
  await until(async () => (await look()).lost.length === 0, "drained", 30_000).catch(() => undefined);
  tally.slowest(latencies(clients.attempts).max);
  tally.count(run, await look());
}

/** What else comes in: forms, arrays of a webhook, and people who look things up. */
async function mixed(url, prefix, isOver) {
  for (let nth = 0; !isOver(); nth++) {
    const email = `${prefix}${nth}@example.com`;
    await send(url, "/forms/contact", {
      body: `email=${encodeURIComponent(email)}&name=Ann`,
      headers: { "Content-Type": "application/x-www-form-urlencoded" },
    });
    const items = Array.from({ length: 20 }, (_, item) => ({ email: `${prefix}${nth}-${item}@example.com` }));
    await send(url, "/webhooks/shop", { body: items });
    for (const path of ["/v1/leads?limit=50", "/v1/messages?status=sent", "/v1/stats", "/metrics", "/readyz"]) {
      await send(url, path);
    }
    await sleep(50);
  }
}

/** Once everything is calm. */
async function state(store, { child }) {
  await sleep(2_000);
  const [{ connections }] = await store.query(
    `SELECT count(*)::int AS connections FROM pg_stat_activity
     WHERE application_name LIKE 'leadgate%' AND datname = current_database()`,
  );
  return { megabytes: residentMb(child.pid), handles: handles(child.pid), connections };
}

function judge(run, before, after, tally) {
  for (const [what, most] of Object.entries(MOST_GROWTH)) {
    const more = after[what] - before[what];
    if (more > most) tally.broken(run, `${more} ${what} more than in the middle`);
  }
}
