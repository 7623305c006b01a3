// Where the program under test keeps what it was given: the embedded database, or one on the run's own server.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { groupBy } from "./group-by.mjs";
import { createDatabase } from "./world.mjs";

/** Every lead whose address begins so, a row each, with its submissions and the templates of its mails. */
const STORED = {
  leads: "SELECT id::text AS id, email FROM leads WHERE email LIKE $1",
  submissions: `SELECT s.lead_id::text AS lead, s.id::text AS id, s.answer FROM submissions s
    JOIN leads l ON l.id = s.lead_id WHERE l.email LIKE $1`,
  mails: `SELECT m.lead_id::text AS lead, m.template FROM sent_messages m
    JOIN leads l ON l.id = m.lead_id WHERE l.email LIKE $1`,
};

/** The embedded database. What is in it can be read only while no process has it open. */
export function embeddedStore({ build }) {
  const directory = makeDirectory();
  const dataDirectory = join(directory, "data");
  const stored = async (prefix) => {
    const { openDatabase } = await build.load("store/client.js");
    const database = await openDatabase({ dataDirectory, poolSize: 1 });
    try {
      return await storedBy((sql, ...values) => database.prisma.$queryRawUnsafe(sql, ...values), prefix);
    } finally {
      await database.close();
    }
  };
  return {
    kind: "embedded",
    settings: { DATA_DIR: dataDirectory },
    stored,
    remove: async () => rmSync(directory, { recursive: true, force: true }),
  };
}

/** A database of its own on the run's server, with what a sabotage does to its constraints. */
export async function postgresStore({ build, cluster, sabotage }) {
  const directory = makeDirectory();
  const database = await createDatabase(build, cluster.url);
  // The server is stopped under it now and then.
  database.pool.on("error", () => undefined);
  const query = (sql, ...values) => database.query(sql, values);
  for (const sql of sabotage?.sql ?? []) await query(sql);
  return {
    kind: "postgres",
    settings: { DATABASE_URL: database.url, DATA_DIR: join(directory, "data") },
    query,
    stored: (prefix) => storedBy(query, prefix),
    async remove() {
      await database.drop();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

/** Gone with this run at the latest, also where it breaks off. */
function makeDirectory() {
  const directory = mkdtempSync(join(tmpdir(), "leadgate-faults-store-"));
  process.once("exit", () => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

async function storedBy(query, prefix) {
  const rows = {};
  for (const [name, sql] of Object.entries(STORED)) rows[name] = await query(sql, `${prefix}%`);
  const submissions = groupBy(rows.submissions, ({ lead }) => lead);
  const mails = groupBy(rows.mails, ({ lead }) => lead);
  return rows.leads.map(({ id, email }) => ({
    email,
    submissions: submissions.get(id) ?? [],
    templates: (mails.get(id) ?? []).map(({ template }) => template),
  }));
}
