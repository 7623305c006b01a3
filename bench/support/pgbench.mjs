import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/**
 * What Leadgate writes for one new lead, in one statement with nothing decided outside of the database. pgbench takes a
 * colon before a letter or digit for a variable, in texts too; hence the blanks after colons.
 */
const SCRIPT = `\\set n random(1, 1000000000)
WITH person AS (
  INSERT INTO leads (id, email, email_as_given, first_name, last_name, phone, company, country, message, source, utm,
    attributes, stamps, submission_count, created_at, updated_at, last_submission_at)
  VALUES (gen_random_uuid(), 'person.' || :n || '@example.com', 'person.' || :n || '@example.com', 'Ann', 'Example ' || :n,
    '+49301000000', 'Example Company', 'DE', 'Please send me your price list, and call me next week.', 'api',
    '{"source": "newsletter","medium": "email","campaign": "autumn"}', '{"employees": 7}',
    '{"stamps": [[1767225600000,"api","hash 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"]],"fields": {"emailAsGiven": 0,"firstName": 0,"lastName": 0,"phone": 0,"company": 0,"country": 0,"message": 0},"attributes": {"employees": 0},"firstTouch": 0,"utm": 0}',
    1, now(), now(), now())
  ON CONFLICT (email) DO UPDATE SET submission_count = leads.submission_count + 1
  RETURNING id
), claimed AS (
  INSERT INTO submissions (id, lead_id, source, identity, content_hash, payload, outcome, answer, occurred_at, received_at)
  SELECT gen_random_uuid(), id, 'api', 'hash: ' || md5(random()::text) || md5(random()::text) || ' after none',
    md5(random()::text) || md5(random()::text), '{"email": "person@example.com","firstName": "Ann","lastName": "Example","phone": "+49 30 1000000","company": "Example Company","country": "DE","message": "Please send me your price list, and call me next week.","utm": {"source": "newsletter","medium": "email","campaign": "autumn"},"attributes": {"employees": 7}}',
    'created', '{"id": "0190a6e2-0000-7000-8000-000000000000","submissionId": "0190a6e2-0000-7000-8000-000000000000","outcome": "created","email": "person@example.com","followUps": [{"template": "welcome","status": "queued"}]}',
    now(), now()
  FROM person
), gated AS (
  INSERT INTO sent_messages (id, lead_id, template, rule, channel, due_at, created_at, updated_at)
  SELECT gen_random_uuid(), id, 'welcome', 'welcome', 'api', now(), now(), now() FROM person
  ON CONFLICT (lead_id, template) DO NOTHING
)
INSERT INTO decisions (id, lead_id, rule, template, verdict, decided_at)
SELECT gen_random_uuid(), id, 'welcome', 'welcome', 'queued', now() FROM person;
`;

/** Clients at most: servers have room for a hundred connections as they come, and more than a few cores can serve wait. */
const MOST_CLIENTS = 32;

/** Transactions a second that PostgreSQL takes of these writes, with prepared statements. */
export function pgbench(databaseUrl, { connections, seconds }) {
  const folder = mkdtempSync(join(tmpdir(), "leadgate-pgbench-"));
  const script = join(folder, "lead.sql");
  writeFileSync(script, SCRIPT);
  const clients = Math.min(connections, MOST_CLIENTS);
  const load = ["-c", String(clients), "-j", String(Math.min(2, clients)), "-T", String(seconds)];
  const { stdout, stderr, status } = spawnSync(
    "pgbench",
    ["-n", "-M", "prepared", "-f", script, ...load, databaseUrl],
    { encoding: "utf8" },
  );
  rmSync(folder, { recursive: true, force: true });
  const perSecond = Number(/tps = ([\d.]+)/.exec(stdout ?? "")?.[1]);
  if (status !== 0 || !perSecond) throw new Error(`pgbench is needed and failed: ${stderr}`);
  return { perSecond: Math.round(perSecond), latencyMs: {} };
}
