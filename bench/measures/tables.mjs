import { load } from "../support/load.mjs";
import { lead } from "../support/people.mjs";
import { middleOf, table, withCosts } from "../support/rounds.mjs";
import { inDatabase, KEY, startLeadgate } from "../support/server.mjs";

const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };

/** Intake at 64 connections into tables of 1,000, 100,000 and a million leads, on PostgreSQL; sizes and rounds in turn. */
export async function measure({ seconds, rounds, large }) {
  const sizes = [1_000, 100_000, large];
  const servers = new Map();
  const runs = new Map(sizes.map((size) => [size, []]));
  try {
    for (const size of sizes) {
      const server = await startLeadgate({ settings: { ROLE: "api" } });
      servers.set(size, server);
      await fill(server.databaseUrl, size);
    }
    for (let round = 0; round < rounds; round++) {
      for (const size of sizes) {
        const server = servers.get(size);
        const first = 20_000_000 * (round + 1);
        const post = (from, forSeconds) =>
          load({
            ...{ url: `${server.url}/v1/leads`, headers, connections: 64, seconds: forSeconds },
            bodyOf: (n) => JSON.stringify(lead(from + n)),
          });
        await post(first + 10_000_000, 2);
        runs.get(size).push(await withCosts(server.pid, () => post(first, seconds)));
      }
    }
  } finally {
    for (const server of servers.values()) await server.stop();
  }
  const result = Object.fromEntries(sizes.map((size) => [size, middleOf(runs.get(size))]));
  table(
    sizes.map((size) => ({
      "leads there": size,
      "posts/s": result[size].perSecond,
      "× smallest": (result[size].perSecond / result[sizes[0]].perSecond).toFixed(2),
      "p99 ms": result[size].latencyMs.p99,
      "µs server": result[size].processorUs.server,
      "µs database": result[size].processorUs.database,
    })),
  );
  return { sizes: result };
}

/** Leads with a submission and a mail each, made by the database itself. */
export async function fill(url, size) {
  await inDatabase(
    url,
    `INSERT INTO leads (id, email, email_as_given, first_name, last_name, company, source, utm, attributes, stamps,
       submission_count, created_at, updated_at, last_submission_at)
     SELECT gen_random_uuid(), 'old.' || n || '@example.com', 'old.' || n || '@example.com', 'Ann', 'Example ' || n,
       'Example Company ' || n % 1000, 'api', '{}', '{}', '{"stamps":[[0,"api","hash"]],"fields":{},"attributes":{},"firstTouch":0}',
       1, at, at, at
     FROM generate_series(1, ${size}) n, LATERAL (SELECT now() - n * interval '1 minute' AS at) times`,
    `INSERT INTO submissions (id, lead_id, source, identity, content_hash, payload, outcome, answer, occurred_at, received_at)
     SELECT gen_random_uuid(), id, 'api', 'hash:' || md5(email) || md5(id::text) || ':after:none', md5(email) || md5(email),
       jsonb_build_object('email', email), 'created', '{}', created_at, created_at FROM leads`,
    `INSERT INTO sent_messages (id, lead_id, template, rule, status, due_at, created_at, updated_at)
     SELECT gen_random_uuid(), id, 'welcome', 'welcome', 'sent', created_at, created_at, created_at FROM leads`,
    "VACUUM ANALYZE",
    "CHECKPOINT",
  );
}
