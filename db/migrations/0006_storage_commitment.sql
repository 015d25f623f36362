-- Destinations may be asked to confirm that they keep what they were sent (PS3.4 J).
-- SQLite cannot change a CHECK, so the table is made anew; `migrate` keeps the rows that refer to it.
CREATE TABLE deliveries_with_stored (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  profile     TEXT NOT NULL DEFAULT 'standard',
  result_sop  TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN
                ('waiting', 'sending', 'stored', 'delivered', 'failed', 'cancelled')),
  attempt     INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  not_before  INTEGER,
  message     TEXT NOT NULL DEFAULT '',
  lease_owner TEXT,
  lease_until INTEGER,
  last_request TEXT,  -- transaction whose report is decisive; NULL: the next step is to ask
  unanswered  INTEGER NOT NULL DEFAULT 0 CHECK (unanswered >= 0),  -- requests in a row
  refused     INTEGER NOT NULL DEFAULT 0 CHECK (refused >= 0),     -- likewise
  UNIQUE (job_id, destination),
  CHECK (state <> 'sending' OR lease_owner IS NOT NULL),
  CHECK (state IN ('sending', 'stored') OR lease_owner IS NULL),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
INSERT INTO deliveries_with_stored
  (id, job_id, destination, profile, result_sop, state, attempt, created_at, updated_at, not_before,
   message, lease_owner, lease_until)
  SELECT id, job_id, destination, profile, result_sop, state, attempt, created_at, updated_at,
    not_before, message, lease_owner, lease_until FROM deliveries;
DELETE FROM sqlite_sequence WHERE name = 'deliveries_with_stored';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'deliveries_with_stored', seq FROM sqlite_sequence WHERE name = 'deliveries';
DROP TABLE deliveries;
ALTER TABLE deliveries_with_stored RENAME TO deliveries;
CREATE INDEX deliveries_by_state ON deliveries (state);

-- Requests, each written before it goes out.
CREATE TABLE commitment_requests (
  transaction_uid TEXT PRIMARY KEY,
  delivery_id     INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  attempt         INTEGER NOT NULL,  -- 1, 2, 3 of the delivery; later ones know better
  requested_at    INTEGER NOT NULL,
  deadline        INTEGER NOT NULL,
  outcome         TEXT NOT NULL CHECK (outcome IN
                    ('asking', 'awaited', 'committed', 'not-committed', 'refused', 'no-report')),
  UNIQUE (delivery_id, attempt)
) STRICT, WITHOUT ROWID;

-- What the reports say about each object: the last word, by the number of its request.
CREATE TABLE object_commitments (
  delivery_id INTEGER NOT NULL REFERENCES deliveries (id) ON DELETE CASCADE,
  sop         TEXT NOT NULL,
  attempt     INTEGER NOT NULL,
  failure     INTEGER,  -- Failure Reason (0008,1197); NULL: committed
  PRIMARY KEY (delivery_id, sop)
) STRICT, WITHOUT ROWID;
