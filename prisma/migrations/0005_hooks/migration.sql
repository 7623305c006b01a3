-- Addresses of other programs that are told of what happens (REST hooks). The secret signs what is sent to them, so it is
-- kept as it is; it is shown once, when the hook is made. A receiver that answers 410 disables its hook.
CREATE TABLE hooks (
  id              uuid PRIMARY KEY,
  url             text NOT NULL,
  events          text[] NOT NULL,
  secret          text NOT NULL,
  created_at      timestamptz(3) NOT NULL,
  disabled_at     timestamptz(3),
  disabled_reason text
);
CREATE INDEX hooks_created_at_idx ON hooks (created_at, id);

-- One row for each thing a hook is told, written in the transaction that causes it: outbox and log in one. The unique
-- constraint gives a cause (submission, message, change) one delivery for each hook. `payload` is the body as it is sent,
-- the same on every retry. `due_at` is also the lease: who takes a delivery moves it ahead, and a worker that dies leaves
-- a delivery that falls due again; `fence` tells its late answer from that of the worker that took over.
CREATE TABLE hook_deliveries (
  id              uuid PRIMARY KEY,
  hook_id         uuid NOT NULL,
  event           text NOT NULL,
  cause           uuid NOT NULL,
  lead_id         uuid,
  payload         text NOT NULL,
  status          text NOT NULL DEFAULT 'pending',
  attempts        integer NOT NULL DEFAULT 0,
  fence           integer NOT NULL DEFAULT 0,
  due_at          timestamptz(3) NOT NULL,
  response_status integer,
  reason          text,
  created_at      timestamptz(3) NOT NULL,
  updated_at      timestamptz(3) NOT NULL,
  delivered_at    timestamptz(3),
  CONSTRAINT hook_deliveries_hook_id_event_cause_key UNIQUE (hook_id, event, cause),
  CONSTRAINT hook_deliveries_hook_id_fkey FOREIGN KEY (hook_id) REFERENCES hooks (id) ON DELETE CASCADE,
  CONSTRAINT hook_deliveries_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE,
  CONSTRAINT hook_deliveries_status_check CHECK (status IN ('pending', 'delivered', 'failed', 'cancelled'))
);
CREATE INDEX hook_deliveries_hook_id_created_at_idx ON hook_deliveries (hook_id, created_at, id);
-- An erased lead takes what hooks were told of it along.
CREATE INDEX hook_deliveries_lead_id_idx ON hook_deliveries (lead_id);
-- What a worker looks for, hook by hook; and what is old enough to go.
CREATE INDEX hook_deliveries_due_idx ON hook_deliveries (hook_id, due_at, id) WHERE status = 'pending';
CREATE INDEX hook_deliveries_done_idx ON hook_deliveries (updated_at) WHERE status <> 'pending';
