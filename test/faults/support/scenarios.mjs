// The faults, each from a clean table to the end: what came of it, counted at both ends of the wire.
import { empty, open, seed, sleep, standing, startBlackHole, startProcess, stopProcess, until } from "./world.mjs";

/** What the stand-in does with the first call for a message; later calls are accepted. */
export const FAULTS = [
  ["none", "accept"],
  ["202, body cut", "cut-body"],
  ["hangs after accepting", "hang"],
  ["cut after accepting", "cut-after-accepting"],
  ["slow drip", "slow-drip"],
  ["garbage", "garbage"],
  ["500", { status: 500 }],
  ["503", { status: 503, headers: { "Retry-After": "1" } }],
  ["400", { status: 400 }],
  ["413", { status: 413 }],
  ["429, Retry-After 1 s", { status: 429, headers: { "Retry-After": "1" } }],
];

/** Sends under a fault that strikes each message's first call. */
export async function firstCallFails(world, name, behaviour, sends) {
  const { standIn } = world;
  standIn.behave = ({ nth }) => (nth === 1 ? behaviour : "accept");
  return run(world, name, sends, async () => undefined);
}

/** Sends while connections are cut before a byte is read. */
export async function cutBeforeReading(world, sends) {
  const { standIn } = world;
  standIn.behave = () => "accept";
  standIn.refuseToRead = () => standIn.cut < sends / 2;
  const row = await run(world, "cut before reading, first half", sends, async () => undefined);
  standIn.refuseToRead = () => false;
  return row;
}

/** Sends while nobody listens for five seconds. */
export async function nobodyListens(world, sends) {
  const { standIn } = world;
  standIn.behave = () => "accept";
  const { port } = standIn;
  await standIn.pause();
  return run(world, "refused connection for 5 s", sends, async () => {
    await sleep(5_000);
    await standIn.listen(port);
  });
}

/** Sends with a key that is refused, and then is not. The five minutes to the next probe are cut short in the table. */
export async function refusedKey(world, sends) {
  const { standIn, database } = world;
  let refused = true;
  standIn.behave = () => (refused ? { status: 401 } : "accept");
  return run(world, "401 until lifted", sends, async () => {
    await until(async () => (await database.query("SELECT 1 FROM mail_pauses")).length > 0, "paused");
    await sleep(2_000);
    refused = false;
    await database.query("UPDATE mail_pauses SET probe_at = now()");
  });
}

async function run(world, name, sends, lift) {
  const { standIn, database } = world;
  standIn.forget();
  await empty(database);
  await seed(database, sends);
  const begun = Date.now();
  const worker = await startProcess(world.build, "worker", world.settings);
  await lift();
  await until(async () => open(await standing(database)) === 0, `${name}: nothing queued or sending`);
  await stopProcess(worker);
  return rowOf(name, sends, world, await standing(database), begun);
}

function rowOf(name, sends, { standIn }, end, begun) {
  const { sent = 0, failed = 0, uncertain = 0, delivered = 0 } = end;
  return {
    fault: name,
    sends,
    calls: standIn.calls.length + standIn.cut,
    "most accepted for one": standIn.mostAccepted,
    sent: sent + delivered,
    failed,
    uncertain,
    "queued or sending": open(end),
    seconds: Math.round((Date.now() - begun) / 1_000),
  };
}

/** Kills a worker with SIGKILL at one moment of a call, again and again, then lets a healthy one run over the remains. */
export async function kill(world, moment, times) {
  const { standIn, database, build } = world;
  standIn.forget();
  await empty(database);
  const begun = Date.now();
  const settings = { ...world.settings, SENDGRID_TIMEOUT_MS: "6000" };
  for (let time = 0; time < times; time++) await MOMENTS[moment](world, settings);
  standIn.behave = () => "accept";
  const { sending = 0, uncertain: early = 0 } = await standing(database);
  if (sending + early !== times)
    throw new Error(`${moment}: ${JSON.stringify(await standing(database))} after the kills`);
  const healthy = await startProcess(build, "serve", { ...settings, PORT: "0" });
  await until(async () => open(await standing(database)) === 0, "leases ran out");
  await sleep(3_000);
  const { uncertain = 0 } = await standing(database);
  const settled = await tellOfAll(world, healthy.url);
  await stopProcess(healthy);
  const end = await standing(database);
  return {
    "kill -9": moment,
    kills: times,
    "calls received": standIn.calls.length,
    "most accepted for one": standIn.mostAccepted,
    "uncertain afterwards": uncertain,
    "events told": settled,
    delivered: end.delivered ?? 0,
    "left uncertain": end.uncertain ?? 0,
    "queued or sending": open(end),
    seconds: Math.round((Date.now() - begun) / 1_000),
  };
}

const MOMENTS = {
  /** Committed as `sending`, connecting: not a byte of the request is written. */
  async before(world, settings) {
    await seed(world.database, 1);
    let reached;
    const connected = new Promise((resolve) => {
      reached = resolve;
    });
    const hole = await startBlackHole(() => reached());
    const worker = await startProcess(world.build, "worker", { ...settings, SENDGRID_BASE_URL: hole.url });
    await connected;
    await killAfterAMoment(worker);
    await hole.close();
  },
  /** SendGrid has the mail, and has not answered. */
  async during(world, settings) {
    await seed(world.database, 1);
    const received = nextCall(world, async () => "hang");
    const worker = await startProcess(world.build, "worker", settings);
    await received;
    await killAfterAMoment(worker);
  },
  /** The answer is there, and not settled: the row is held so that the worker can't be faster than the kill. */
  async after(world, settings) {
    await seed(world.database, 1);
    const holder = await world.database.pool.connect();
    const answered = nextCall(world, async ({ messageId }) => {
      await holder.query("BEGIN");
      await holder.query("SELECT 1 FROM sent_messages WHERE id = $1 FOR UPDATE", [messageId]);
      return "accept";
    });
    const worker = await startProcess(world.build, "worker", settings);
    await answered;
    await sleep(20);
    await killAfterAMoment(worker);
    await holder.query("ROLLBACK");
    holder.release();
  },
};

function nextCall({ standIn }, behave) {
  return new Promise((resolve) => {
    standIn.behave = async (call) => {
      const behaviour = await behave(call);
      setImmediate(resolve);
      return behaviour;
    };
  });
}

async function killAfterAMoment({ child, ended }) {
  await sleep(Math.random() * 20);
  child.kill("SIGKILL");
  await ended;
}

/** Tells of every mail the stand-in took, as SendGrid would later. @returns how many. */
async function tellOfAll({ standIn }, url) {
  const timestamp = Math.floor(Date.now() / 1_000);
  const events = [...standIn.accepted.keys()].flatMap((id) => [
    { event: "delivered", message_id: id, attempt: "1", sg_event_id: `${id}-delivered`, timestamp: timestamp + 1 },
    { event: "processed", message_id: id, attempt: "1", sg_event_id: `${id}-processed`, timestamp },
  ]);
  const { body, headers } = standIn.signEvents(events);
  const answer = await fetch(`${url}/sendgrid/events`, { method: "POST", headers, body });
  if (!answer.ok) throw new Error(`events were answered ${answer.status}`);
  return (await answer.json()).counted;
}

/** Several workers on one table; one is stopped past its lease in the middle, and goes on. */
export async function manyWorkers(world, workers, rows) {
  const { standIn, database } = world;
  standIn.forget();
  let holding = false;
  standIn.behave = async () => {
    do await sleep(5);
    while (holding);
    return "accept";
  };
  await empty(database);
  await seed(database, rows);
  const begun = Date.now();
  const settings = { ...world.settings, SENDGRID_TIMEOUT_MS: "4000" };
  const running = await Promise.all(
    Array.from({ length: workers }, () => startProcess(world.build, "worker", settings)),
  );
  await until(() => standIn.calls.length > rows / 5, "a fifth was sent");
  // Answers are held back until every worker has calls under way, so that the stopped one has.
  holding = true;
  for (let waited = 0; waited < 2_000 && standIn.underWay < workers * 16; waited += 50) await sleep(50);
  running[0].child.kill("SIGSTOP");
  holding = false;
  await sleep(200);
  const inFlight = await database.query("SELECT id FROM sent_messages WHERE status = 'sending'");
  await sleep(30_000);
  const whileStopped = await database.query(
    "SELECT id, status, fence, updated_at FROM sent_messages WHERE status <> 'queued'",
  );
  running[0].child.kill("SIGCONT");
  await until(async () => open(await standing(database)) === 0, "nothing queued or sending");
  await sleep(3_000);
  for (const one of running) await stopProcess(one);
  const after = new Map(
    (await database.query("SELECT id, status, fence FROM sent_messages")).map((row) => [row.id, row]),
  );
  const overwritten = whileStopped.filter(
    ({ id, status, fence }) =>
      ["sent", "failed"].includes(status) && (after.get(id).status !== status || after.get(id).fence !== fence),
  );
  const end = await standing(database);
  return {
    workers: `${workers}, one stopped 30 s`,
    rows,
    calls: standIn.calls.length,
    "most accepted for one": standIn.mostAccepted,
    "under way at the stop": inFlight.length,
    "uncertain while stopped": whileStopped.filter(({ status }) => status === "uncertain").length,
    sent: end.sent ?? 0,
    "left uncertain": end.uncertain ?? 0,
    overwritten: overwritten.length,
    "queued or sending": open(end),
    seconds: Math.round((Date.now() - begun) / 1_000),
  };
}
