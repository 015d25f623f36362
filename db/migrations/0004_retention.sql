-- Files do not stay for ever; what became of them does, for longer. An instance whose `file` is ''
-- had its bytes freed: it is still known by UID and sha256, so that it is recognised when it comes
-- again.

ALTER TABLE series ADD COLUMN files_freed_at INTEGER;  -- NULL: there are files
ALTER TABLE jobs ADD COLUMN files_freed_at INTEGER;    -- NULL: the result's file is there, if any

CREATE INDEX series_with_files ON series (last_received_at) WHERE files_freed_at IS NULL;
CREATE INDEX series_without_files ON series (files_freed_at) WHERE files_freed_at IS NOT NULL;
CREATE INDEX jobs_by_result ON jobs (result_file) WHERE result_file IS NOT NULL;
