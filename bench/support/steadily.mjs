import { Agent, request } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * Sends posts one by one at a fixed pace, whether those before were answered or not. The time of each is counted from the
 * moment it was due, so that a server that stands still is not spared the posts that would have come meanwhile.
 *
 * @returns answers, those that were not 2xx, and latencies in milliseconds.
 */
export async function steadily({ url, headers, perSecond, seconds, bodyOf }) {
  const agent = new Agent({ keepAlive: true, maxSockets: 256 });
  const latencies = [];
  let bad = 0;
  const underWay = [];
  const beganMs = performance.now();
  for (let n = 0; n < perSecond * seconds; n++) {
    const dueMs = beganMs + (n * 1_000) / perSecond;
    const waitMs = dueMs - performance.now();
    if (waitMs > 0) await sleep(waitMs);
    underWay.push(
      post(url, { agent, headers }, bodyOf(n)).then((status) => {
        if (status < 200 || status > 299) bad++;
        latencies.push(performance.now() - dueMs);
      }),
    );
  }
  await Promise.all(underWay);
  agent.destroy();
  latencies.sort((a, b) => a - b);
  const at = (part) =>
    Math.round(latencies[Math.min(latencies.length - 1, Math.floor(part * latencies.length))] * 10) / 10;
  const tookSeconds = (performance.now() - beganMs) / 1_000;
  return {
    perSecond: Math.round(latencies.length / tookSeconds),
    answers: latencies.length,
    latencyMs: { p50: at(0.5), p99: at(0.99), max: at(1) },
    bad,
  };
}

function post(url, options, body) {
  return new Promise((resolve, reject) => {
    const sent = request(url, {
      method: "POST",
      ...options,
      headers: { ...options.headers, "content-length": Buffer.byteLength(body) },
    });
    sent.on("response", (response) => response.resume().on("end", () => resolve(response.statusCode)));
    sent.on("error", reject);
    sent.end(body);
  });
}
