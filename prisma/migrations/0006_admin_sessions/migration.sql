-- Who is signed in to the page for people. Only the SHA-256 of the cookie's token and of the key it was made with are
-- kept: a session is good for as long as that key is, in every process.
CREATE TABLE admin_sessions (
  token_hash text PRIMARY KEY,
  key_hash   text NOT NULL,
  created_at timestamptz(3) NOT NULL,
  seen_at    timestamptz(3) NOT NULL
);
