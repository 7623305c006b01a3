-- One row for each person, unique by the normalised address. `stamps` holds, for every field and attribute, the
-- (occurredAt, source, identity) of the submission whose value stands, so that merging is the same in any order.
CREATE TABLE leads (
  id                 uuid PRIMARY KEY,
  email              text NOT NULL,
  email_as_given     text NOT NULL,
  first_name         text,
  last_name          text,
  phone              text,
  company            text,
  job_title          text,
  website            text,
  country            text,
  message            text,
  consent            boolean,
  status             text NOT NULL DEFAULT 'new',
  suppressed         boolean NOT NULL DEFAULT false,
  source             text NOT NULL,
  utm                jsonb NOT NULL DEFAULT '{}',
  attributes         jsonb NOT NULL DEFAULT '{}',
  stamps             jsonb NOT NULL,
  submission_count   integer NOT NULL DEFAULT 0,
  version            integer NOT NULL DEFAULT 1,
  created_at         timestamptz(3) NOT NULL,
  updated_at         timestamptz(3) NOT NULL,
  last_submission_at timestamptz(3) NOT NULL,
  CONSTRAINT leads_email_key UNIQUE (email),
  CONSTRAINT leads_status_check CHECK (status IN ('new', 'contacted', 'qualified', 'won', 'lost'))
);
CREATE INDEX leads_created_at_idx ON leads (created_at, id);
CREATE INDEX leads_updated_at_idx ON leads (updated_at, id);
CREATE INDEX leads_source_idx ON leads (source, updated_at, id);
CREATE INDEX leads_status_idx ON leads (status, updated_at, id);

-- One row for each accepted request, unique by source and identity: the claim that makes a replay a replay.
-- `answer` is the body that was sent, kept to the byte, so that a replay is told the same.
CREATE TABLE submissions (
  id           uuid PRIMARY KEY,
  lead_id      uuid NOT NULL,
  source       text NOT NULL,
  identity     text NOT NULL,
  content_hash text NOT NULL,
  payload      jsonb NOT NULL,
  outcome      text NOT NULL,
  answer       text NOT NULL,
  occurred_at  timestamptz(3) NOT NULL,
  received_at  timestamptz(3) NOT NULL,
  replay_count integer NOT NULL DEFAULT 0,
  CONSTRAINT submissions_source_identity_key UNIQUE (source, identity),
  CONSTRAINT submissions_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX submissions_lead_id_source_received_at_idx ON submissions (lead_id, source, received_at);
-- Statistics add up the replays; only replayed rows are in this index.
CREATE INDEX submissions_replayed_idx ON submissions (replay_count) WHERE replay_count > 0;

-- Gate, outbox and record of a follow-up in one row: a lead gets a template once, whoever asks, however often.
CREATE TABLE sent_messages (
  id            uuid PRIMARY KEY,
  lead_id       uuid NOT NULL,
  template      text NOT NULL,
  rule          text NOT NULL,
  submission_id uuid,
  status        text NOT NULL DEFAULT 'queued',
  reason        text,
  due_at        timestamptz(3) NOT NULL,
  lease_until   timestamptz(3),
  fence         integer NOT NULL DEFAULT 0,
  attempts      integer NOT NULL DEFAULT 0,
  subject       text,
  html          text,
  text          text,
  created_at    timestamptz(3) NOT NULL,
  updated_at    timestamptz(3) NOT NULL,
  sent_at       timestamptz(3),
  CONSTRAINT sent_messages_lead_id_template_key UNIQUE (lead_id, template),
  CONSTRAINT sent_messages_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE,
  CONSTRAINT sent_messages_status_check CHECK (status IN ('queued', 'sending', 'sent', 'delivered', 'bounced', 'failed',
    'suppressed', 'cancelled', 'uncertain', 'previewed', 'shadowed'))
);
-- What a worker looks for: the next due row, and leases that ran out.
CREATE INDEX sent_messages_due_idx ON sent_messages (due_at) WHERE status = 'queued';
CREATE INDEX sent_messages_lease_idx ON sent_messages (lease_until) WHERE status = 'sending';
CREATE INDEX sent_messages_created_at_idx ON sent_messages (created_at, id);
CREATE INDEX sent_messages_status_idx ON sent_messages (status, created_at, id);
CREATE INDEX sent_messages_template_idx ON sent_messages (template, created_at, id);

-- Why a rule did or did not lead to a mail: the answer to "why did she get no mail?".
CREATE TABLE decisions (
  id            uuid PRIMARY KEY,
  lead_id       uuid NOT NULL,
  submission_id uuid,
  rule          text NOT NULL,
  template      text NOT NULL,
  verdict       text NOT NULL,
  reason        text,
  decided_at    timestamptz(3) NOT NULL,
  CONSTRAINT decisions_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX decisions_lead_id_idx ON decisions (lead_id, decided_at, id);

-- What changed on a lead after it was made, by whom, from what to what.
CREATE TABLE lead_changes (
  id         uuid PRIMARY KEY,
  lead_id    uuid NOT NULL,
  actor      text NOT NULL,
  changes    jsonb NOT NULL,
  changed_at timestamptz(3) NOT NULL,
  CONSTRAINT lead_changes_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX lead_changes_lead_id_idx ON lead_changes (lead_id, changed_at, id);

-- Requests that became no lead but are not thrown away: without a usable address ('no-email'), caught by the honeypot
-- ('spam'), or marked by their sender as a test ('test'). One row for each identity; `sightings` counts repetitions.
CREATE TABLE quarantine (
  id            uuid PRIMARY KEY,
  kind          text NOT NULL,
  channel       text NOT NULL,
  source        text NOT NULL,
  identity      text NOT NULL,
  content_type  text NOT NULL,
  payload       jsonb NOT NULL,
  reason        text NOT NULL,
  sightings     integer NOT NULL DEFAULT 1,
  submission_id uuid,
  received_at   timestamptz(3) NOT NULL,
  retried_at    timestamptz(3),
  CONSTRAINT quarantine_kind_source_identity_key UNIQUE (kind, source, identity),
  CONSTRAINT quarantine_kind_check CHECK (kind IN ('no-email', 'spam', 'test'))
);
CREATE INDEX quarantine_kind_received_at_idx ON quarantine (kind, received_at, id);

-- API keys. Only the SHA-256 of a key is kept; prefix and last four characters let a person tell keys apart.
CREATE TABLE api_keys (
  id           uuid PRIMARY KEY,
  name         text NOT NULL,
  hash         text NOT NULL,
  prefix       text NOT NULL,
  last_four    text NOT NULL,
  scopes       text[] NOT NULL,
  created_at   timestamptz(3) NOT NULL,
  last_used_at timestamptz(3),
  revoked_at   timestamptz(3),
  CONSTRAINT api_keys_hash_key UNIQUE (hash)
);

-- Counters of the form rate limit, shared by all processes (rate-limiter-flexible's Prisma store). They are worth
-- nothing after a crash, so they are kept out of the write-ahead log.
CREATE UNLOGGED TABLE rate_limits (
  key    text PRIMARY KEY,
  points integer NOT NULL,
  expire timestamptz(3)
);

-- What this instance must remember of itself: the secret its links are signed with, whether a first start was done.
CREATE TABLE instance (
  name  text PRIMARY KEY,
  value text NOT NULL
);
