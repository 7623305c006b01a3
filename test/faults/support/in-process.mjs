// The runs that need no process of their own: shuffled events, and the faults on the embedded database.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { FAULTS } from "./scenarios.mjs";
import { loadSupport, open, seedSql } from "./world.mjs";

/** The same hundred events in a thousand orders, with duplicates, reversals and splits. */
export async function shuffles(world, times) {
  const { openDatabase } = await world.build.load("store/client.js");
  const { createRecordEvents } = await world.build.load("flow/record-events.js");
  const { eventStory, shuffled } = await loadSupport(world.build, "mail-event-story.ts");
  const database = await openDatabase({ url: world.database.url, dataDirectory: "unused", poolSize: 4 });
  const record = createRecordEvents({ database, clock: { now: () => new Date("2026-03-02T12:00:00Z") } });
  const begun = Date.now();
  const ids = Array.from({ length: 10 }, (_, index) => `0190aaaa-0000-7000-8000-00000000000${index}`);
  const story = eventStory(ids);
  await startOver(world.database, ids);
  for (const event of story) await record([event]);
  const inOrder = await settled(world.database);
  let different = 0;
  for (let seed = 1; seed <= times; seed++) {
    await startOver(world.database, ids);
    for (const batch of shuffled(story, seed)) await record(batch);
    if ((await settled(world.database)) !== inOrder) different++;
  }
  await database.close();
  return {
    shuffles: times,
    events: story.length,
    mails: ids.length,
    "other end states": different,
    seconds: secondsSince(begun),
  };
}

async function startOver(database, ids) {
  await database.query("TRUNCATE leads CASCADE");
  await database.query(
    `INSERT INTO leads (id, email, email_as_given, source, stamps, created_at, updated_at, last_submission_at)
     SELECT id, id || '@example.com', id || '@example.com', 'hook', '{}', now(), now(), now() FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
  await database.query(
    `INSERT INTO sent_messages (id, lead_id, template, rule, status, fence, due_at, created_at, updated_at)
     SELECT id, id, 'welcome', 'welcome', 'uncertain', 1, now(), now(), now() FROM unnest($1::uuid[]) AS id`,
    [ids],
  );
}

async function settled(database) {
  return JSON.stringify(
    await database.query(
      `SELECT m.id, m.status, m.reason, m.sent_at, l.suppressed,
         (SELECT count(*) FROM lead_changes c WHERE c.lead_id = l.id) AS changes,
         (SELECT string_agg(e.event || e.occurred_at::text, ' ' ORDER BY e.event, e.occurred_at)
          FROM mail_events e WHERE e.message_id = m.id) AS events
       FROM sent_messages m JOIN leads l ON l.id = m.lead_id ORDER BY m.id`,
    ),
  );
}

/** The faults on the embedded database, whose worker is in the same process. */
export async function embeddedFaults({ build, standIn }, sends) {
  const { createApp } = await build.load("app.js");
  const { parseSettings } = await build.load("base/settings.js");
  const { createLog } = await build.load("base/log.js");
  const directory = mkdtempSync(join(tmpdir(), "leadgate-faults-"));
  const settings = parseSettings({
    DATA_DIR: directory,
    LEADGATE_CONFIG: join(build.place, "leadgate.config.yaml"),
    LEADGATE_ADMIN_KEY: "lg_fault-run-administrator-key",
    PUBLIC_URL: "https://leads.example.com",
    MAIL_MODE: "live",
    MAIL_FROM: "hello@example.com",
    SENDGRID_API_KEY: "SG.key",
    SENDGRID_BASE_URL: standIn.url,
    SENDGRID_TIMEOUT_MS: "500",
    LOG_LEVEL: "fatal",
  });
  let later = 0;
  const clock = { now: () => new Date(Date.now() + later) };
  const app = await createApp({ settings, environment: {}, log: createLog("fatal"), clock });
  const { prisma } = app.database;
  const rows = [];
  for (const [name, behaviour] of FAULTS) {
    standIn.forget();
    standIn.behave = ({ nth }) => (nth === 1 ? behaviour : "accept");
    await prisma.$executeRawUnsafe("TRUNCATE leads, mail_pauses CASCADE");
    for (const sql of seedSql(sends)) await prisma.$executeRawUnsafe(sql);
    const begun = Date.now();
    for (let round = 0; round < 3; round++, later += 120_000) await app.deliverDue();
    const counts = await prisma.$queryRawUnsafe(
      "SELECT status, count(*)::int AS count FROM sent_messages GROUP BY status",
    );
    const end = Object.fromEntries(counts.map(({ status, count }) => [status, count]));
    const { sent = 0, failed = 0, uncertain = 0 } = end;
    rows.push({
      fault: name,
      sends,
      calls: standIn.calls.length,
      "most accepted for one": standIn.mostAccepted,
      ...{ sent, failed, uncertain },
      "queued or sending": open(end),
      seconds: secondsSince(begun),
    });
  }
  await app.stop();
  rmSync(directory, { recursive: true, force: true });
  return rows;
}

function secondsSince(begun) {
  return Math.round((Date.now() - begun) / 1_000);
}
