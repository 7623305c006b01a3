import { afterAll, beforeAll, expect, test } from "@jest/globals";
import { uuidV7 } from "../../src/base/ids.ts";
import { createRecordEvents, type ReportedEvent } from "../../src/flow/record-events.ts";
import { ManualClock } from "../support/clock.ts";
import { openTestDatabase, type TestDatabase } from "../support/database.ts";
import { eventStory, shuffled } from "../support/mail-event-story.ts";
import { rowsOf } from "../support/rows.ts";

const MESSAGES = 10;
const SHUFFLES = 25;

let opened: TestDatabase;
beforeAll(async () => {
  opened = await openTestDatabase();
});
afterAll(() => opened.close());

/** Leads with a mail that was called for, whose fate is not known; the same ids every time. */
async function startOver(ids: readonly string[]): Promise<void> {
  await rowsOf(opened.database, "DELETE FROM leads RETURNING id");
  const each = `unnest(ARRAY['${ids.join("','")}']::uuid[]) AS id`;
  await rowsOf(
    opened.database,
    `INSERT INTO leads (id, email, email_as_given, source, stamps, created_at, updated_at, last_submission_at)
     SELECT id, id || '@example.com', id || '@example.com', 'hook', '{}', now(), now(), now() FROM ${each} RETURNING id`,
  );
  await rowsOf(
    opened.database,
    `INSERT INTO sent_messages (id, lead_id, template, rule, status, fence, due_at, created_at, updated_at)
     SELECT id, id, 'welcome', 'welcome', 'uncertain', 1, now(), now(), now() FROM ${each} RETURNING id`,
  );
}

function standing(): Promise<unknown[]> {
  return rowsOf(
    opened.database,
    `SELECT m.id, m.status, m.reason, m.sent_at, l.suppressed,
       (SELECT count(*)::int FROM lead_changes c WHERE c.lead_id = l.id) AS changes,
       (SELECT string_agg(e.event || e.occurred_at::text, ' ' ORDER BY e.event, e.occurred_at)
        FROM mail_events e WHERE e.message_id = m.id) AS events
     FROM sent_messages m JOIN leads l ON l.id = m.lead_id ORDER BY m.id`,
  );
}

test(`${SHUFFLES} shuffles of 100 events, with duplicates, reversals and splits, end as the events in order`, async () => {
  const record = createRecordEvents({ database: opened.database, clock: new ManualClock() });
  const ids = Array.from({ length: MESSAGES }, () => uuidV7());
  const story = eventStory(ids) as ReportedEvent[];
  expect(story).toHaveLength(100);
  await startOver(ids);
  for (const event of story) await record([event]);
  const inOrder = await standing();
  expect(new Set(inOrder.map((row) => (row as { status: string }).status)).size).toBeGreaterThan(3);
  for (let seed = 1; seed <= SHUFFLES; seed++) {
    await startOver(ids);
    for (const batch of shuffled(story, seed)) await record(batch);
    expect({ seed, standing: await standing() }).toEqual({ seed, standing: inOrder });
  }
});

test("batches that come at the same time are counted as if one by one", async () => {
  const record = createRecordEvents({ database: opened.database, clock: new ManualClock() });
  const ids = Array.from({ length: MESSAGES }, () => uuidV7());
  const story = eventStory(ids) as ReportedEvent[];
  await startOver(ids);
  const distinct = await record(story);
  const inOrder = await standing();
  await startOver(ids);
  const batches = [...shuffled(story, 1), ...shuffled(story, 2), story.toReversed()];
  const counted = await Promise.all(batches.map(record));
  expect(counted.reduce((sum, count) => sum + count, 0)).toBe(distinct);
  expect(await standing()).toEqual(inOrder);
});
