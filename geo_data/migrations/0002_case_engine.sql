-- The whole case engine: more statuses, what may follow what, pauses, persons, assisting
-- departments and open requests as columns to filter by.

ALTER TABLE cases ADD COLUMN paused boolean NOT NULL DEFAULT false;
ALTER TABLE cases ADD COLUMN handler_person text NOT NULL DEFAULT '';
ALTER TABLE cases ADD COLUMN assisting text[] NOT NULL DEFAULT '{}';
ALTER TABLE cases ADD COLUMN asks text[] NOT NULL DEFAULT '{}';
ALTER TABLE cases DROP CONSTRAINT cases_status_check;
ALTER TABLE cases DROP CONSTRAINT cases_check;
ALTER TABLE cases DROP CONSTRAINT cases_check1;
ALTER TABLE cases DROP CONSTRAINT cases_check2;
ALTER TABLE cases ADD CONSTRAINT cases_status CHECK (status IN (
    'received', 'open', 'working', 'handled', 'verified',
    'closed', 'declined', 'withdrawn', 'merged', 'void'));
ALTER TABLE cases ADD CONSTRAINT cases_ended CHECK (
    (status IN ('closed', 'declined', 'withdrawn', 'merged', 'void')) = (closed_at IS NOT NULL));
ALTER TABLE cases ADD CONSTRAINT cases_over
    CHECK (closed_at IS NULL OR (due_at IS NULL AND NOT paused));
ALTER TABLE cases ADD CONSTRAINT cases_merged CHECK ((status = 'merged') = (parent IS NOT NULL));
ALTER TABLE cases RENAME CONSTRAINT cases_check3 TO cases_parent;
ALTER TABLE cases RENAME CONSTRAINT cases_check4 TO cases_paths;
DROP INDEX cases_live;
CREATE INDEX cases_live ON cases (charge_path, due_at) WHERE closed_at IS NULL;
CREATE INDEX cases_person ON cases (handler_person, id)
    WHERE closed_at IS NULL AND handler_person <> '';
CREATE INDEX cases_assisting ON cases USING gin (assisting) WHERE assisting <> '{}';

TRUNCATE status_changes;
INSERT INTO status_changes VALUES
    ('received', 'received'), ('received', 'open'), ('received', 'handled'),
    ('received', 'verified'), ('received', 'closed'), ('received', 'declined'),
    ('received', 'withdrawn'), ('received', 'merged'), ('received', 'void'),
    ('open', 'open'), ('open', 'working'), ('open', 'handled'), ('open', 'verified'),
    ('open', 'closed'), ('open', 'declined'), ('open', 'withdrawn'), ('open', 'merged'),
    ('open', 'void'),
    ('working', 'open'), ('working', 'working'), ('working', 'handled'), ('working', 'verified'),
    ('working', 'closed'), ('working', 'withdrawn'), ('working', 'merged'), ('working', 'void'),
    ('handled', 'working'), ('handled', 'handled'), ('handled', 'verified'),
    ('handled', 'closed'), ('handled', 'void'),
    ('verified', 'working'), ('verified', 'handled'), ('verified', 'verified'),
    ('verified', 'closed'), ('verified', 'void'),
    ('closed', 'open'), ('closed', 'closed'),
    ('declined', 'open'), ('declined', 'declined'),
    ('withdrawn', 'withdrawn'),
    ('merged', 'received'), ('merged', 'open'), ('merged', 'working'), ('merged', 'merged'),
    ('void', 'void');
