-- The memory of a Hilum node. Times are milliseconds since 1970-01-01 UTC. Paths are relative to
-- the spool (instances) or the results directory (jobs). db/STATES.md explains the states.

CREATE TABLE series (
  id               INTEGER PRIMARY KEY,
  study            TEXT NOT NULL,
  series           TEXT NOT NULL,
  open             INTEGER NOT NULL CHECK (open IN (0, 1)),
  open_since       INTEGER NOT NULL,  -- its first new instance since it was last closed
  last_received_at INTEGER NOT NULL,
  not_segmented    TEXT NOT NULL DEFAULT '',
  UNIQUE (study, series),
  CHECK (open = 0 OR not_segmented = '')
) STRICT;
CREATE INDEX series_open ON series (id) WHERE open = 1;
CREATE INDEX series_by_arrival ON series (last_received_at);

CREATE TABLE instances (
  series_id          INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  sop                TEXT NOT NULL,
  sop_class          TEXT NOT NULL,
  transfer_syntax    TEXT NOT NULL,
  calling_ae         TEXT NOT NULL,
  file               TEXT NOT NULL,
  size_bytes         INTEGER NOT NULL CHECK (size_bytes >= 0),
  sha256             TEXT NOT NULL,
  received_at        INTEGER NOT NULL,
  expected_in_series INTEGER,
  PRIMARY KEY (series_id, sop)
) STRICT, WITHOUT ROWID;

-- One set of instances of a series is one piece of work, and has one job for ever.
CREATE TABLE jobs (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  series_id          INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  instances_digest   TEXT NOT NULL CHECK (instances_digest <> ''),
  state              TEXT NOT NULL CHECK (state IN
                       ('queued', 'running', 'encoded', 'delivered', 'failed', 'cancelled')),
  attempt            INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  starts_without_end INTEGER NOT NULL DEFAULT 0 CHECK (starts_without_end >= 0),
  progress           REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  not_before         INTEGER,
  message            TEXT NOT NULL DEFAULT '',
  result_series      TEXT,
  result_sop         TEXT,
  result_file        TEXT,
  lease_owner        TEXT,
  lease_until        INTEGER,
  UNIQUE (series_id, instances_digest),
  CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL)),
  CHECK ((result_file IS NULL) = (result_sop IS NULL)),
  CHECK ((result_file IS NULL) = (result_series IS NULL)),
  CHECK (state NOT IN ('encoded', 'delivered') OR result_file IS NOT NULL)
) STRICT;
CREATE INDEX jobs_by_state ON jobs (state);

CREATE TABLE deliveries (
  id          INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id      INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  destination TEXT NOT NULL,
  result_sop  TEXT NOT NULL,
  state       TEXT NOT NULL CHECK (state IN
                ('waiting', 'sending', 'delivered', 'failed', 'cancelled')),
  attempt     INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  created_at  INTEGER NOT NULL,
  updated_at  INTEGER NOT NULL,
  not_before  INTEGER,
  message     TEXT NOT NULL DEFAULT '',
  lease_owner TEXT,
  lease_until INTEGER,
  UNIQUE (job_id, destination),
  CHECK ((state = 'sending') = (lease_owner IS NOT NULL)),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
CREATE INDEX deliveries_by_state ON deliveries (state);

-- What happened to each job, for people. Nothing reads it to decide.
CREATE TABLE job_events (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  job_id     INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  at         INTEGER NOT NULL,
  from_state TEXT,  -- NULL: the job was made
  to_state   TEXT NOT NULL,
  reason     TEXT NOT NULL
) STRICT;
CREATE INDEX job_events_of_job ON job_events (job_id);
