// How lists of leads are found in a large table: for every filter and order the plan that runs and what a page takes, at
// the first page, in the middle and at the end. Needs PostgreSQL (TEST_DATABASE_URL, or the server of this machine) and
// `npm run build`; makes a scratch database and drops it. LEADS=1000000 leads; KEEP=1 keeps and uses again the database.
// Ends 1 when a table was read whole or a page took over 20 ms.
import { writeFileSync } from "node:fs";
import pg from "pg";
import { openDatabase } from "../dist/store/client.js";
import { findLeads } from "../dist/store/find-leads.js";
import { sql } from "../dist/store/keyset.js";

const LEADS = Number(process.env.LEADS ?? 1_000_000);
const LIMIT = 51;
/** The fastest counts: what is measured is the plan, and the machine may be shared. */
const RUNS = 5;
const MOST_MS = 20;
const NAME = process.env.DATABASE_NAME ?? "leadgate_query_plans";
const server = process.env.TEST_DATABASE_URL || "postgresql://postgres@127.0.0.1:5432/postgres";
const url = new URL(server);
url.pathname = `/${NAME}`;

const FILTERS = {
  "no filter": {},
  email: {
    email: `lead${LEADS >> 1}@${["gmail.com", "example.com", "outlook.com", "web.de", "yahoo.com"][(LEADS >> 1) % 5]}`,
  },
  source: { source: "zapier" },
  "source, rare": { source: "rare" },
  status: { status: "won" },
  "source and status": { source: "zapier", status: "new" },
  "created after": { createdAfter: at(0.5) },
  "created before": { createdBefore: at(0.5) },
  "created within a day": { createdAfter: at(0.5), createdBefore: new Date(at(0.5).getTime() + 86_400_000) },
  "updated after": { updatedAfter: at(0.5) },
  "updated before": { updatedBefore: at(0.5) },
  "updated within a day": { updatedAfter: at(0.5), updatedBefore: new Date(at(0.5).getTime() + 86_400_000) },
  "status, updated after": { status: "won", updatedAfter: at(0.9) },
  "q, an address": { q: `lead${LEADS >> 2}@` },
  "q, 1 in 1,000": { q: "eathersto" },
  "q, 1 in 50": { q: "smith" },
  "q, 1 in 5": { q: "gmail" },
  "q, two words": { q: "anna smith" },
  "q, nobody": { q: "xyzzy-nobody" },
  "q, two letters": { q: "sm" },
  "q and status": { q: "featherstone", status: "won" },
};
const SORTS = ["createdAt", "-createdAt", "updatedAt", "-updatedAt"];
const DEPTHS = { first: 0, middle: 0.5, deep: 0.99 };

/** Leads come one a minute; a part of the whole time. */
function at(part) {
  return new Date(Date.UTC(2024, 0) + part * LEADS * 60_000);
}

const created = await prepare();
const client = new pg.Client({ connectionString: url.href });
await client.connect();
await client.query("SET TIME ZONE 'UTC'; SET jit = off");
const results = [];
for (const [filter, conditions] of Object.entries(FILTERS)) {
  for (const sort of SORTS) {
    const query = { ...conditions, sortBy: sort.replace("-", ""), newestFirst: sort.startsWith("-"), limit: LIMIT };
    for (const [depth, part] of Object.entries(DEPTHS))
      results.push({ filter, sort, depth, ...(await measure(query, part)) });
  }
}
await client.end();
if (!process.env.KEEP) await onServer(`DROP DATABASE ${NAME} WITH (FORCE)`);
print(results);
const bad = results.filter(({ ms, nodes }) => ms > MOST_MS || nodes.some((node) => node.startsWith("Seq Scan")));
for (const one of bad)
  console.log(`over: ${one.filter}, ${one.sort}, ${one.depth}: ${one.ms.toFixed(1)} ms, ${one.nodes.join(", ")}`);
console.log(
  `${results.length} pages of ${LIMIT - 1} at ${LEADS} leads (${created}), ${bad.length} over ${MOST_MS} ms or with a Seq Scan`,
);
writeFileSync(
  new URL("results/query-plans.json", import.meta.url),
  `${JSON.stringify({ leads: LEADS, results }, null, 1)}\n`,
);
process.exit(bad.length > 0 ? 1 : 0);

async function prepare() {
  const there = await onServer(`SELECT 1 FROM pg_database WHERE datname = '${NAME}'`);
  if (there.rowCount > 0 && process.env.KEEP) return "kept from before";
  if (there.rowCount > 0) await onServer(`DROP DATABASE ${NAME} WITH (FORCE)`);
  await onServer(`CREATE DATABASE ${NAME}`);
  await (await openDatabase({ url: url.href, dataDirectory: "unused", poolSize: 1 })).close();
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  const started = performance.now();
  // The index over texts is made at the end: row by row it takes a few times longer, as everywhere.
  await client.query(
    "SET synchronous_commit = off; SET maintenance_work_mem = '512MB'; DROP INDEX lead_search_pieces_idx",
  );
  await client.query(generate());
  await client.query('CREATE INDEX lead_search_pieces_idx ON lead_search USING gin (search_pieces(text) COLLATE "C")');
  await client.query("VACUUM ANALYZE");
  await client.end();
  return `made in ${((performance.now() - started) / 1_000).toFixed(0)} s`;
}

/** Names, companies and addresses as varied as real ones; an update comes up to 100 days after the lead. */
function generate() {
  const word = (of, letters) => `initcap(translate(left(md5(${of}), ${letters}), '0123456789', 'ghijklmnop'))`;
  const random = "(hashint4(n) & 2147483647)";
  return `INSERT INTO leads (id, email, email_as_given, first_name, last_name, company, source, status, stamps, attributes,
      created_at, updated_at, last_submission_at)
    SELECT gen_random_uuid(), email, email, first_name, last_name, company, source, status, '{"stamps":[],"fields":{}}',
      '{"plan":"pro"}', created_at, updated_at, updated_at
    FROM (SELECT
      'lead' || n || '@' || (ARRAY['gmail.com', 'example.com', 'outlook.com', 'web.de', 'yahoo.com'])[1 + n % 5] AS email,
      (ARRAY['Anna', 'Ben', 'Clara', 'David', 'Eva', 'Felix', 'Greta', 'Hans', 'Ida', 'Jonas'])[1 + ${random} % 10] AS first_name,
      CASE WHEN n % 50 = 7 THEN 'Smith' WHEN n % 1000 = 11 THEN 'Featherstone' ELSE ${word("n::text", 7)} END AS last_name,
      CASE WHEN n % 3 > 0 THEN ${word("(n % 40000)::text || 'c'", 8)} || ' Ltd' END AS company,
      CASE WHEN n % 10000 = 5 THEN 'rare' ELSE (ARRAY['contact', 'news', 'zapier', 'typeform', 'api', 'shop'])[1 + n % 6] END AS source,
      (ARRAY['new', 'new', 'new', 'new', 'new', 'new', 'contacted', 'qualified', 'won', 'lost'])[1 + ${random} / 7 % 10] AS status,
      timestamptz '2024-01-01T00:00:00Z' + n * interval '60 s' AS created_at,
      timestamptz '2024-01-01T00:00:00Z' + n * interval '60 s' + ${random} % 8640000 * interval '1 s' AS updated_at
      FROM generate_series(1, ${LEADS}) AS n) AS generated`;
}

async function measure(query, part) {
  const after = part === 0 ? undefined : await placeAt(query, part);
  let best = { ms: Number.POSITIVE_INFINITY };
  for (let run = 1; run <= RUNS; run++) {
    const plans = [];
    const rows = await page({ ...query, after }, (plan) => plans.push(plan));
    const ms = plans.reduce((sum, plan) => sum + plan["Planning Time"] + plan["Execution Time"], 0);
    if (ms < best.ms)
      best = { rows: rows.length, ms, nodes: [...new Set(plans.flatMap((plan) => nodesOf(plan.Plan)))] };
  }
  return best;
}

/** Runs the very statements the service sends, with their plans. */
function page(query, onPlan) {
  const $queryRaw = async (first, ...values) => {
    const { text, values: parameters } = Array.isArray(first) ? sql(first, ...values) : first;
    const explained = await client.query(`EXPLAIN (ANALYZE, TIMING OFF, FORMAT JSON) ${text}`, parameters);
    onPlan(explained.rows[0]["QUERY PLAN"][0]);
    return (await client.query(text, parameters)).rows;
  };
  return findLeads({ $queryRaw }, query);
}

/** The place after which a part of all matching rows remains unread. */
async function placeAt(query, part) {
  const { text, values } = await placeQuery(query);
  const { rows } = await client.query(`SELECT count(*)::int AS count FROM (${text}) AS matching`, values);
  const column = query.sortBy === "createdAt" ? "created_at" : "updated_at";
  const direction = query.newestFirst ? "DESC" : "ASC";
  const found = await client.query(
    `SELECT ${column} AS at, id FROM (${text}) AS matching ORDER BY ${column} ${direction}, id ${direction}
     OFFSET ${Math.floor(rows[0].count * part)} LIMIT 1`,
    values,
  );
  return found.rows[0];
}

async function placeQuery({ email, source, status, createdAfter, createdBefore, updatedAfter, updatedBefore, q }) {
  const conditions = [sql`true`];
  if (email) conditions.push(sql`email = ${email}`);
  if (source) conditions.push(sql`source = ${source}`);
  if (status) conditions.push(sql`status = ${status}`);
  if (createdAfter) conditions.push(sql`created_at > ${createdAfter}`);
  if (createdBefore) conditions.push(sql`created_at < ${createdBefore}`);
  if (updatedAfter) conditions.push(sql`updated_at > ${updatedAfter}`);
  if (updatedBefore) conditions.push(sql`updated_at < ${updatedBefore}`);
  if (q) {
    const words = q.length < 3 ? sql`search_words(text) LIKE ${`% ${q}%`}` : sql`text LIKE ${`%${q}%`}`;
    conditions.push(sql`id IN (SELECT lead_id FROM lead_search WHERE ${words})`);
  }
  return conditions
    .slice(1)
    .reduce((all, one) => sql`${all} AND ${one}`, sql`SELECT * FROM leads WHERE ${conditions[0]}`);
}

/** Scans of tables that ran, by index. */
function nodesOf(plan) {
  if (plan["Actual Loops"] === 0) return [];
  const scan = /Scan$/.test(plan["Node Type"]) && !/CTE|Subquery|Function|Table Function/.test(plan["Node Type"]);
  const own = scan ? [`${plan["Node Type"]} ${plan["Index Name"] ?? plan["Relation Name"] ?? ""}`.trim()] : [];
  return [...own, ...(plan.Plans ?? []).flatMap(nodesOf)];
}

function print(results) {
  console.log("| filter | sort | first ms | middle ms | deep ms | plan |\n| --- | --- | ---: | ---: | ---: | --- |");
  for (const filter of Object.keys(FILTERS)) {
    for (const sort of SORTS) {
      const pages = results.filter((one) => one.filter === filter && one.sort === sort);
      const nodes = [...new Set(pages.flatMap((one) => one.nodes))].join(", ");
      console.log(`| ${filter} | ${sort} | ${pages.map(({ ms }) => ms.toFixed(1)).join(" | ")} | ${nodes} |`);
    }
  }
}

async function onServer(text) {
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const result = await client.query(text);
  await client.end();
  return result;
}
