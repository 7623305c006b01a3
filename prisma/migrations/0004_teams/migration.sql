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

-- Every filter with every order. The other time comes along, so that leads out of its bounds are passed over without
-- being read.
DROP INDEX leads_created_at_idx, leads_updated_at_idx, leads_source_idx, leads_status_idx;
CREATE INDEX leads_created_at_idx ON leads (created_at, id, updated_at);
CREATE INDEX leads_updated_at_idx ON leads (updated_at, id, created_at);
CREATE INDEX leads_source_created_at_idx ON leads (source, created_at, id, updated_at);
CREATE INDEX leads_source_updated_at_idx ON leads (source, updated_at, id, created_at);
CREATE INDEX leads_status_created_at_idx ON leads (status, created_at, id, updated_at);
CREATE INDEX leads_status_updated_at_idx ON leads (status, updated_at, id, created_at);

-- What `q` looks in, one line for each of address, name and company; no text looked for has a line break in it. Only the
-- first 200 characters of a name or company are looked in: cutting a text into pieces takes time that grows with the
-- square of its length, while its lead is locked, and anybody may send a form.
CREATE FUNCTION lead_search_text(email text, email_as_given text, first_name text, last_name text, company text)
RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT E'\n' || lower(email
    || CASE WHEN lower(email_as_given) = email THEN '' ELSE E'\n' || email_as_given END
    || CASE WHEN first_name IS NULL AND last_name IS NULL THEN ''
         WHEN first_name IS NULL THEN E'\n' || left(last_name, 200)
         WHEN last_name IS NULL THEN E'\n' || left(first_name, 200)
         ELSE E'\n' || left(first_name, 200) || ' ' || left(last_name, 200) END
    || CASE WHEN company IS NULL THEN '' ELSE E'\n' || left(company, 200) END) || E'\n'
$$;

-- A text with blanks between its words. What an index is made with may call no function but the system's own: it is made
-- under a search path without ours. Hence the same once more below.
CREATE FUNCTION search_words(text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT translate($1, E'\n@.-_+&/(),;:''"', '               ')
$$;

-- The pieces a text is found by, as pg_trgm would cut it: all three characters in a row. Names in scripts such as Chinese
-- have one or two, so shorter pieces count where they hold more than ASCII; else only at the beginning of a word.
CREATE FUNCTION search_pieces(text) RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
  SELECT ARRAY(SELECT substr($1, n, 3) FROM generate_series(1, length($1) - 2) AS n)
    || (SELECT array_agg(' ' || left(word, 1)) || array_agg(' ' || left(word, 2))
        FROM unnest(string_to_array(translate($1, E'\n@.-_+&/(),;:''"', '               '), ' ')) AS word WHERE word <> '')
    || CASE WHEN octet_length($1) = length($1) THEN '{}' ELSE ARRAY(
         SELECT piece FROM generate_series(1, length($1)) AS n,
           LATERAL (VALUES (substr($1, n, 1)), (substr($1, n, 2))) AS pieces (piece)
         WHERE octet_length(piece) > length(piece)) END
$$;

-- A table of its own, so that a submission which changes none of these texts does not touch the index over them.
CREATE TABLE lead_search (
  lead_id uuid PRIMARY KEY,
  text    text NOT NULL,
  CONSTRAINT lead_search_lead_id_fkey FOREIGN KEY (lead_id) REFERENCES leads (id) ON DELETE CASCADE
);
INSERT INTO lead_search (lead_id, text)
SELECT id, lead_search_text(email, email_as_given, first_name, last_name, company) FROM leads;
CREATE INDEX lead_search_pieces_idx ON lead_search USING gin (search_pieces(text) COLLATE "C");

CREATE FUNCTION index_lead() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO lead_search (lead_id, text)
  VALUES (NEW.id, lead_search_text(NEW.email, NEW.email_as_given, NEW.first_name, NEW.last_name, NEW.company))
  ON CONFLICT (lead_id) DO UPDATE SET text = EXCLUDED.text;
  RETURN NULL;
END
$$;
CREATE TRIGGER leads_search_insert AFTER INSERT ON leads FOR EACH ROW EXECUTE FUNCTION index_lead();
CREATE TRIGGER leads_search_update AFTER UPDATE OF email, email_as_given, first_name, last_name, company ON leads
FOR EACH ROW WHEN (
  (OLD.email, OLD.email_as_given, OLD.first_name, OLD.last_name, OLD.company)
    IS DISTINCT FROM (NEW.email, NEW.email_as_given, NEW.first_name, NEW.last_name, NEW.company)
) EXECUTE FUNCTION index_lead();
