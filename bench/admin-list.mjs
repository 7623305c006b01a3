// Measures how soon the list of leads can be used in a browser, with 100,000 leads in PostgreSQL: from the moment the
// address is entered, nothing cached, until the first rows are there and take the focus; then a search, another order,
// the next page, and the overview. Needs `npm run build`, a Chromium (CHROMIUM_PATH) and the server of
// BENCH_DATABASE_URL, where it makes a database of its own and drops it. Ends 1 when the list took over a second.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { chromium } from "playwright-core";
import { machine, median } from "./support/machine.mjs";
import { inDatabase, KEY, startLeadgate } from "./support/server.mjs";

const LEADS = Number(process.env.BENCH_LEADS ?? 100_000);
const RUNS = Number(process.env.BENCH_RUNS ?? 9);
const MOST_MS = 1_000;
const before = machine();

const leadgate = await startLeadgate();
try {
  await seed(leadgate.databaseUrl);
  const browser = await chromium.launch({
    executablePath: process.env.CHROMIUM_PATH ?? "/usr/bin/chromium",
    args: ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run"],
  });
  const rounds = [];
  const storageState = await signIn(browser);
  for (let run = 0; run < RUNS; run++) rounds.push(await round(browser, storageState));
  await browser.close();
  const rows = Object.keys(rounds[0]).map((what) => ({ what, ...spread(rounds.map((one) => one[what])) }));
  const firstLoadBytes = firstLoad();
  console.log(`${LEADS} leads, ${RUNS} runs: milliseconds, median (least to most)`);
  for (const { what, median: middle, least, most } of rows) console.log(`  ${what}: ${middle} (${least} to ${most})`);
  console.log(`first load, gzip: ${firstLoadBytes} bytes`);
  const results = fileURLToPath(new URL("./results/", import.meta.url));
  mkdirSync(results, { recursive: true });
  const told = { machine: before, leads: LEADS, runs: RUNS, rows, firstLoadBytes };
  writeFileSync(`${results}admin-list.json`, `${JSON.stringify(told, null, 2)}\n`);
  if (rows[0].median > MOST_MS) process.exitCode = 1;
} finally {
  await leadgate.stop();
}

/** Leads of the last month, each with a submission and a mail, as years of use leave them. */
async function seed(url) {
  const at = `now() - n * interval '1 month' / ${LEADS}`;
  const id = (kind) => `overlay(md5('${kind}' || n) PLACING '7' FROM 13 FOR 1)::uuid`;
  await inDatabase(
    url,
    `INSERT INTO leads (id, email, email_as_given, first_name, last_name, company, source, status, stamps, utm,
       submission_count, created_at, updated_at, last_submission_at)
     SELECT ${id("lead")}, 'person.' || n || '@example.com', 'person.' || n || '@example.com', 'Ann', 'Example ' || n,
       'Example Company ' || n % 1000, (ARRAY['contact', 'zapier', 'newsletter'])[1 + n % 3],
       (ARRAY['new', 'contacted', 'qualified', 'won', 'lost'])[1 + n % 5], '{}', '{"campaign":"autumn"}', 1,
       ${at}, ${at}, ${at} FROM generate_series(1, ${LEADS}) AS n`,
    `INSERT INTO submissions (id, lead_id, source, identity, content_hash, payload, outcome, answer, occurred_at,
       received_at)
     SELECT ${id("submission")}, ${id("lead")}, 'contact', 'key:' || n, 'x', '{}', 'created', '{}', ${at}, ${at}
     FROM generate_series(1, ${LEADS}) AS n`,
    `INSERT INTO sent_messages (id, lead_id, template, rule, status, due_at, created_at, updated_at)
     SELECT ${id("mail")}, ${id("lead")}, 'welcome', 'welcome', (ARRAY['delivered', 'sent', 'bounced'])[1 + n % 3],
       ${at}, ${at}, ${at} FROM generate_series(1, ${LEADS}) AS n`,
    "VACUUM ANALYZE",
  );
}

async function signIn(browser) {
  const context = await browser.newContext();
  const page = await context.newPage();
  await page.goto(`${leadgate.url}/admin/keys`);
  await page.getByLabel("API key").fill(KEY);
  await page.getByRole("button", { name: "Sign in" }).click();
  await page.getByRole("heading", { name: "Keys" }).first().waitFor();
  const state = await context.storageState();
  await context.close();
  return state;
}

/** One visit with an empty cache. */
async function round(browser, storageState) {
  const context = await browser.newContext({ storageState, viewport: { width: 1280, height: 800 } });
  await context.addInitScript(watchRows);
  const page = await context.newPage();
  await page.goto(`${leadgate.url}/admin/leads`);
  const list = await page.evaluate(() => globalThis.rowsAt);
  const search = await timed(
    page,
    () => page.getByLabel("Search leads").fill(`person.${LEADS >> 1}@`),
    `Ann Example ${LEADS >> 1}`,
  );
  await page.getByLabel("Search leads").fill("");
  await page.locator("tr[data-index='10']").waitFor();
  const order = await timed(page, () => page.getByRole("button", { name: /^Updated/ }).click(), `Ann Example ${LEADS}`);
  const overview = await timed(page, () => page.getByRole("link", { name: "Overview" }).click(), "Came in");
  await context.close();
  return {
    "the list can be used": Math.round(list),
    "a search shows its lead (250 ms of it wait for more typing)": search,
    "another order": order,
    "the overview's figures": overview,
  };
}

/** Notes when the first row is there, and that it takes the focus; runs in the page, before anything of it. */
function watchRows() {
  globalThis.rowsAt = new Promise((resolve) => {
    const look = () => {
      const link = document.querySelector("tr[data-index] a");
      if (link === null) return requestAnimationFrame(look);
      link.focus();
      return resolve(document.activeElement === link ? performance.now() : Number.POSITIVE_INFINITY);
    };
    requestAnimationFrame(look);
  });
}

async function timed(page, act, there) {
  const startedMs = performance.now();
  await act();
  await page.getByText(there, { exact: true }).first().waitFor();
  return Math.round(performance.now() - startedMs);
}

function spread(values) {
  return { median: median(values), least: Math.min(...values), most: Math.max(...values) };
}

/** All scripts and styles, what later views load included. */
function firstLoad() {
  const folder = fileURLToPath(new URL("../dist/web/assets/", import.meta.url));
  const files = readdirSync(folder).filter((name) => /\.(?:js|css|svg)$/.test(name));
  return files.reduce((sum, name) => sum + gzipSync(readFileSync(folder + name)).length, 0);
}
