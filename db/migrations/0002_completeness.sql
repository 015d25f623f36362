-- What an open series waits for after its sender has fallen silent, for people; and what to know
-- about the input of a job. Nothing reads them to decide.
ALTER TABLE series ADD COLUMN waits_for TEXT NOT NULL DEFAULT '';
ALTER TABLE series ADD COLUMN waits_until INTEGER;
ALTER TABLE jobs ADD COLUMN note TEXT NOT NULL DEFAULT '';
