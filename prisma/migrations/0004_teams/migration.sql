-- What is kept of what is gone: HMAC-SHA-256 under a secret of this instance, nothing else. A replay of what an erased
-- person had sent makes no new lead ('submission', 'event'; 'content' where nothing but the content identified it), and an
-- address that wanted no mail still gets none ('address'). A lead that is given another address leaves 'content' and
-- 'address' behind too, since both go by the address. `content_hash`, hashed the same way, tells a replay from a reused
-- identity; `received_at` tells how long the same content is a replay, and is empty where it is none.
CREATE TABLE kept_hashes (
  hash          text PRIMARY KEY,
  kind          text NOT NULL,
  submission_id uuid,
  content_hash  text,
  received_at   timestamptz(3),
  kept_at       timestamptz(3) NOT NULL,
  CONSTRAINT kept_hashes_kind_check CHECK (kind IN ('submission', 'event', 'content', 'address'))
);

CREATE INDEX api_keys_created_at_idx ON api_keys (created_at, id);
