-- Behaviour events, such as a paid order: each counted once per source and the sender's own id, for ever.
-- `answer` is the body that was sent, kept to the byte, so that a replay is told the same.
CREATE TABLE events (
  id           uuid PRIMARY KEY,
  lead_id      uuid NOT NULL,
  source       text NOT NULL,
  event_id     text NOT NULL,
  type         text NOT NULL,
  value        double precision,
  currency     text,
  data         jsonb NOT NULL DEFAULT '{}',
  answer       text NOT NULL,
  occurred_at  timestamptz(3) NOT NULL,
  received_at  timestamptz(3) NOT NULL,
  replay_count integer NOT NULL DEFAULT 0,
  CONSTRAINT events_source_event_id_key UNIQUE (source, event_id),
  CONSTRAINT events_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
CREATE INDEX events_lead_id_received_at_idx ON events (lead_id, received_at, id);

-- The event a follow-up or a decision is due to, where it was no submission.
ALTER TABLE sent_messages ADD COLUMN event_id uuid;
ALTER TABLE decisions ADD COLUMN event_id uuid;
