-- What makes a lead findable took five eighths of all the time the database spends on a new lead. Nothing that is stored
-- changes here, only how it is made.

-- A function in SQL is planned anew for each statement it is part of, one in PL/pgSQL once for each connection; and its
-- loop cuts a text faster than a query does. The pieces are the same as before.
CREATE OR REPLACE FUNCTION search_pieces(text) RETURNS text[] LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE AS $$
DECLARE
  pieces text[] := '{}';
  made   integer := greatest(length($1) - 2, 0);
  word   text;
BEGIN
  FOR n IN 1 .. made LOOP
    pieces[n] := substr($1, n, 3);
  END LOOP;
  FOREACH word IN ARRAY string_to_array(translate($1, E'\n@.-_+&/(),;:''"', '               '), ' ') LOOP
    CONTINUE WHEN word = '';
    pieces[made + 1] := ' ' || left(word, 1);
    pieces[made + 2] := ' ' || left(word, 2);
    made := made + 2;
  END LOOP;
  IF octet_length($1) > length($1) THEN
    pieces := pieces || ARRAY(
      SELECT piece FROM generate_series(1, length($1)) AS n,
        LATERAL (VALUES (substr($1, n, 1)), (substr($1, n, 2))) AS cut (piece)
      WHERE octet_length(piece) > length(piece));
  END IF;
  RETURN pieces;
END
$$;

-- The texts of new leads are written once for each statement that makes leads, not once for each lead. Changes stay with
-- the trigger for each row, which hardly any submission sets off.
CREATE FUNCTION index_new_leads() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO lead_search (lead_id, text)
  SELECT id, lead_search_text(email, email_as_given, first_name, last_name, company) FROM made;
  RETURN NULL;
END
$$;
DROP TRIGGER leads_search_insert ON leads;
CREATE TRIGGER leads_search_insert AFTER INSERT ON leads
REFERENCING NEW TABLE AS made FOR EACH STATEMENT EXECUTE FUNCTION index_new_leads();
