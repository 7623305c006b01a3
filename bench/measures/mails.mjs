import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { cpuSeconds, databaseCpuSeconds } from "../support/machine.mjs";
import { lead } from "../support/people.mjs";
import { inTurn, table } from "../support/rounds.mjs";
import { inDatabase, KEY, scratchDatabase, startLeadgate } from "../support/server.mjs";

const MAILS = 10_000;
const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };

/** How fast one worker sends 10,000 queued mails to a stand-in for SendGrid that accepts each at once. */
export async function measure({ rounds }) {
  const result = await inTurn({ live: () => sender("live"), preview: () => sender("preview") }, rounds);
  table(
    Object.entries(result).map(([mode, { perSecond, processorUs, calls }]) => ({
      mode,
      "mails/s": perSecond,
      "calls made": calls,
      "µs server": processorUs.server,
      "µs database": processorUs.database,
    })),
  );
  return { mails: MAILS, contenders: result };
}

async function sender(mode) {
  const standIn = await startStandIn();
  const database = await scratchDatabase();
  const settings = {
    MAIL_MODE: mode,
    SENDGRID_API_KEY: "SG.bench",
    SENDGRID_BASE_URL: standIn.url,
    MAIL_FROM: "sales@example.com",
    MAIL_POSTAL_ADDRESS: "Example Street 1, 10115 Berlin",
    PUBLIC_URL: "http://127.0.0.1:3000",
    ROLE: "api",
  };
  const api = await startLeadgate({ given: database, settings });
  await queue(api.url);
  await api.stop();
  const run = async () => {
    const worker = await startLeadgate({ given: database, settings, command: "worker" });
    const result = await drained(worker.pid, database.url, standIn);
    await worker.stop();
    return result;
  };
  const stop = async () => {
    await standIn.stop();
    await database.drop();
  };
  return { run, stop };
}

async function queue(url) {
  for (let from = 0; from < MAILS; from += 1_000) {
    const body = JSON.stringify(Array.from({ length: 1_000 }, (_, item) => lead(from + item)));
    const { status } = await fetch(`${url}/v1/leads`, { method: "POST", headers, body });
    if (status !== 200) throw new Error(`the people to be mailed were answered ${status}`);
  }
}

/** Measures from the first tenth of the mails on, when the worker has begun, to the last. */
async function drained(pid, url, standIn) {
  const left = async () => {
    const { rows } = await inDatabase(
      url,
      "SELECT count(*)::int AS left FROM sent_messages WHERE status IN ('queued', 'sending')",
    );
    return rows[0].left;
  };
  const until = async (most) => {
    for (;;) {
      const now = await left();
      if (now <= most) return { left: now, atMs: performance.now(), ...costs() };
      await sleep(20);
    }
  };
  const costs = () => ({ server: cpuSeconds(pid), database: databaseCpuSeconds() });
  const begun = await until(MAILS * 0.9);
  const ended = await until(0);
  const mails = begun.left - ended.left;
  const each = (name) => Math.round(((ended[name] - begun[name]) / mails) * 1e6);
  return {
    perSecond: Math.round((mails / (ended.atMs - begun.atMs)) * 1_000),
    calls: standIn.calls(),
    processorUs: { server: each("server"), database: each("database") },
  };
}

/** Answers as SendGrid does when it accepts a mail. */
async function startStandIn() {
  let calls = 0;
  const server = createServer((request, response) => {
    calls++;
    request.resume().on("end", () => response.writeHead(202, { "X-Message-Id": `bench-${calls}` }).end());
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const stop = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return { url: `http://127.0.0.1:${server.address().port}`, calls: () => calls, stop };
}
