-- A result is several objects, and a destination gets those of its viewer profile; and a doubtful
-- result may be held until an administrator has looked at it.
CREATE TABLE result_objects (
  job_id   INTEGER NOT NULL REFERENCES jobs (id) ON DELETE CASCADE,
  profile  TEXT NOT NULL,     -- name of the viewer profile that it was made for
  position INTEGER NOT NULL,  -- the order in which they are sent
  kind     TEXT NOT NULL CHECK (kind IN ('segmentation', 'report', 'pictures')),
  series   TEXT NOT NULL,
  sop      TEXT NOT NULL,
  file     TEXT NOT NULL CHECK (file <> ''),
  PRIMARY KEY (job_id, profile, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX result_objects_by_file ON result_objects (file);
INSERT INTO result_objects (job_id, profile, position, kind, series, sop, file)
  SELECT id, 'standard', 0, 'segmentation', result_series, result_sop, result_file FROM jobs
  WHERE result_file IS NOT NULL;

ALTER TABLE deliveries ADD COLUMN profile TEXT NOT NULL DEFAULT 'standard';

-- SQLite cannot change a CHECK, so the table is made anew; `migrate` keeps the rows that refer to it.
CREATE TABLE jobs_with_held (
  id                 INTEGER PRIMARY KEY AUTOINCREMENT,
  series_id          INTEGER NOT NULL REFERENCES series (id) ON DELETE CASCADE,
  instances_digest   TEXT NOT NULL CHECK (instances_digest <> ''),
  state              TEXT NOT NULL CHECK (state IN
                       ('queued', 'running', 'held', 'encoded', 'delivered', 'failed', 'cancelled')),
  attempt            INTEGER NOT NULL DEFAULT 0 CHECK (attempt >= 0),
  starts_without_end INTEGER NOT NULL DEFAULT 0 CHECK (starts_without_end >= 0),
  progress           REAL NOT NULL DEFAULT 0 CHECK (progress BETWEEN 0 AND 1),
  created_at         INTEGER NOT NULL,
  updated_at         INTEGER NOT NULL,
  not_before         INTEGER,
  message            TEXT NOT NULL DEFAULT '',
  note               TEXT NOT NULL DEFAULT '',
  files_freed_at     INTEGER,  -- NULL: there are files
  lease_owner        TEXT,
  lease_until        INTEGER,
  UNIQUE (series_id, instances_digest),
  CHECK ((state = 'running') = (lease_owner IS NOT NULL)),
  CHECK ((lease_owner IS NULL) = (lease_until IS NULL))
) STRICT;
INSERT INTO jobs_with_held
  (id, series_id, instances_digest, state, attempt, starts_without_end, progress, created_at,
   updated_at, not_before, message, note, files_freed_at, lease_owner, lease_until)
  SELECT id, series_id, instances_digest, state, attempt, starts_without_end, progress, created_at,
    updated_at, not_before, message, note, files_freed_at, lease_owner, lease_until FROM jobs;
-- No number of a job is given twice, also when the last ones were forgotten.
DELETE FROM sqlite_sequence WHERE name = 'jobs_with_held';
INSERT INTO sqlite_sequence (name, seq)
  SELECT 'jobs_with_held', seq FROM sqlite_sequence WHERE name = 'jobs';
DROP TABLE jobs;
ALTER TABLE jobs_with_held RENAME TO jobs;
CREATE INDEX jobs_by_state ON jobs (state);
