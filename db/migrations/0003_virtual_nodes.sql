-- What two of our nodes received of one series is two series: each with its own instances, jobs and
-- reasons. SQLite cannot change a UNIQUE, so the table is made anew; `migrate` keeps the rows that
-- refer to it.
CREATE TABLE series_of_nodes (
  id               INTEGER PRIMARY KEY,
  study            TEXT NOT NULL,
  series           TEXT NOT NULL,
  node             TEXT NOT NULL,  -- name of the virtual node; '': the main one
  open             INTEGER NOT NULL CHECK (open IN (0, 1)),
  open_since       INTEGER NOT NULL,  -- its first new instance since it was last closed
  last_received_at INTEGER NOT NULL,
  not_segmented    TEXT NOT NULL DEFAULT '',
  waits_for        TEXT NOT NULL DEFAULT '',
  waits_until      INTEGER,
  UNIQUE (study, series, node),
  CHECK (open = 0 OR not_segmented = '')
) STRICT;
INSERT INTO series_of_nodes
  (id, study, series, node, open, open_since, last_received_at, not_segmented, waits_for, waits_until)
  SELECT id, study, series, '', open, open_since, last_received_at, not_segmented, waits_for,
    waits_until FROM series;
DROP TABLE series;
ALTER TABLE series_of_nodes RENAME TO series;
CREATE INDEX series_open ON series (id) WHERE open = 1;
CREATE INDEX series_by_arrival ON series (last_received_at);
