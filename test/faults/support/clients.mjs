// Clients that post people nobody else posts, and keep what each was told.
import { Agent, request } from "node:http";
import { performance } from "node:perf_hooks";
import { ADMIN_KEY } from "./served-copy.mjs";
import { sleep } from "./world.mjs";

/**
 * Sends one request and tells what came of it: `{ status, text, replayed, ms }`, or `{ error, ms }` with the code of what
 * went wrong. Never throws and never sends anything again.
 */
export function send(url, path, { body, key, agent, headers = {}, timeoutMs = 30_000 } = {}) {
  const begun = performance.now();
  const content = typeof body === "object" ? JSON.stringify(body) : body;
  return new Promise((resolve) => {
    const done = (outcome) => resolve({ ...outcome, ms: performance.now() - begun });
    const failed = (error) => done({ error: error.code ?? error.message });
    const options = {
      agent,
      method: content === undefined ? "GET" : "POST",
      headers: {
        Authorization: `Bearer ${ADMIN_KEY}`,
        ...(content === undefined ? {} : { "Content-Type": "application/json" }),
        ...(key === undefined ? {} : { "Idempotency-Key": key }),
        ...headers,
      },
      timeout: timeoutMs,
    };
    const call = request(url + path, options, (response) => {
      let text = "";
      response.setEncoding("utf8").on("data", (chunk) => {
        text += chunk;
      });
      response.on("error", failed);
      const replayed = response.headers["idempotent-replayed"] === "true";
      response.on("end", () => done({ status: response.statusCode, text, replayed }));
    });
    call.on("error", failed).on("timeout", () => call.destroy(new Error("no answer in time")));
    call.end(content);
  });
}

/**
 * Starts clients that post one person after another to `/v1/leads`, each under an `Idempotency-Key` of its own; about a
 * fifth is sent again, under the same key.
 *
 * @param prefix of the addresses, which no other run has.
 * @param post sends one, where it is not to go to `url()` over connections that are kept.
 */
export function startClients({ prefix, count, random, url, post, pauseMs = 0 }) {
  const agent = new Agent({ keepAlive: true, maxSockets: count });
  const attempts = [];
  let stopping = false;
  const sendOne = post ?? ((body, key) => send(url(), "/v1/leads", { body, key, agent }));
  const client = async () => {
    while (!stopping) {
      const attempt = personOf(prefix, attempts.length);
      attempts.push(attempt);
      do {
        const answer = await sendOne(attempt.body, attempt.key);
        attempt.answers.push(answer);
        if (answer.error !== undefined) await sleep(20);
      } while (!stopping && random.chance(0.2));
      if (pauseMs > 0) await sleep(pauseMs);
    }
  };
  const clients = Array.from({ length: count }, client);
  return {
    attempts,
    async stop() {
      stopping = true;
      await Promise.all(clients);
      agent.destroy();
    },
  };
}

/** A person of a run, as it is sent and with what it will be answered. */
export function personOf(prefix, index) {
  const email = `${prefix}${index}@example.com`;
  return { email, key: email, body: { email, firstName: "Ann", message: `No. ${index}` }, answers: [] };
}

/** Sends everything that was acknowledged once more, a few at a time, and adds the answers. */
export async function replayAll(attempts, url, atOnce = 16) {
  const agent = new Agent({ keepAlive: true, maxSockets: atOnce });
  const waiting = [...attempts];
  const replayed = async () => {
    for (let attempt = waiting.pop(); attempt !== undefined; attempt = waiting.pop()) {
      attempt.answers.push(await send(url, "/v1/leads", { body: attempt.body, key: attempt.key, agent }));
    }
  };
  await Promise.all(Array.from({ length: atOnce }, replayed));
  agent.destroy();
}

/** Median, 99th percentile and greatest of the times of answers, in whole milliseconds. */
export function latencies(attempts) {
  const times = attempts.flatMap(({ answers }) => answers.filter(({ status }) => status).map(({ ms }) => ms));
  times.sort((one, other) => one - other);
  const at = (share) => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0);
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}
