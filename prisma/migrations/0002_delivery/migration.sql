-- What sending needs to know of a follow-up. `channel` is how the submission came in that caused it (the caps are for
-- forms alone); `to_address` is the team's address of its rule, kept here lest a rule renamed before the mail falls due
-- sends the team's mail to the lead; `called_at` is when the call under way or the last one that may have sent a mail began, and is empty
-- again when it is certain that nothing was sent; `recipient_hash` is a keyed hash of the folded address it went to.
ALTER TABLE sent_messages
  ADD COLUMN channel             text,
  ADD COLUMN to_address          text,
  ADD COLUMN called_at           timestamptz(3),
  ADD COLUMN recipient_hash      text,
  ADD COLUMN provider_message_id text;
-- The caps on mail caused by forms: how much went out in the last hour, and to whom in the last day.
CREATE INDEX sent_messages_form_called_idx ON sent_messages (called_at) WHERE channel = 'form' AND called_at IS NOT NULL;
CREATE INDEX sent_messages_form_recipient_idx ON sent_messages (recipient_hash, called_at)
  WHERE channel = 'form' AND called_at IS NOT NULL;

-- What SendGrid told of a message, each event once: by its own id, and by message, event and time, since a batch that is
-- sent again can give an event another id. `attempt` tells which of our calls it belongs to.
CREATE TABLE mail_events (
  id          uuid PRIMARY KEY,
  message_id  uuid NOT NULL,
  sg_event_id text,
  event       text NOT NULL,
  type        text,
  reason      text,
  attempt     integer,
  occurred_at timestamptz(3) NOT NULL,
  received_at timestamptz(3) NOT NULL,
  CONSTRAINT mail_events_sg_event_id_key UNIQUE (sg_event_id),
  CONSTRAINT mail_events_message_id_event_occurred_at_key UNIQUE (message_id, event, occurred_at),
  CONSTRAINT mail_events_message_id_fkey FOREIGN KEY (message_id) REFERENCES sent_messages (id) ON DELETE CASCADE
);

-- One row while a provider refuses us as a whole (a wrong key, credits used up): all processes then send nothing but one
-- probe at a time, no sooner than `probe_at`.
CREATE TABLE mail_pauses (
  provider  text PRIMARY KEY,
  reason    text NOT NULL,
  since     timestamptz(3) NOT NULL,
  probe_at  timestamptz(3) NOT NULL
);
