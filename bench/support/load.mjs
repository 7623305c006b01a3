import autocannon from "autocannon";

/**
 * Sends requests over keep-alive connections as fast as they are answered, each with a body of its own.
 *
 * @param what `url`, `headers`, `connections`, `seconds`, and `bodyOf(n)`, the body of the n-th request.
 * @returns answers a second, latencies in milliseconds, and how many answers were not 2xx (303 counts as one).
 */
export async function load({ url, headers, connections, seconds, bodyOf, method = "POST" }) {
  let next = 0;
  const startedMs = performance.now();
  let lastMs = startedMs;
  const result = await new Promise((resolve, reject) => {
    const instance = autocannon(
      {
        url,
        method,
        headers,
        connections,
        duration: seconds,
        timeout: 60,
        ...(bodyOf !== undefined && {
          requests: [{ method, headers, setupRequest: (request) => ({ ...request, body: bodyOf(next++) }) }],
        }),
      },
      (error, done) => (error ? reject(error) : resolve(done)),
    );
    instance.on("response", () => {
      lastMs = performance.now();
    });
  });
  const good = result["2xx"] + result["3xx"];
  return {
    perSecond: Math.round((good / (lastMs - startedMs)) * 1_000),
    answers: good,
    latencyMs: { p50: result.latency.p50, p99: result.latency.p99, max: result.latency.max },
    bad: result.non2xx - result["3xx"] + result.errors,
  };
}
