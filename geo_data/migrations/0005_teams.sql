-- ── who is who ──────────────────────────────────────────────────────────────────────────────

-- Who has which duty in which unit: an area by its code, or a department there. With the duty
-- `sent` the department is where somebody was sent from.
CREATE TABLE members (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    area        text COLLATE "C" NOT NULL,
    department  text NOT NULL DEFAULT '',
    person      text NOT NULL CHECK (person <> ''),
    name        text NOT NULL,
    duty        text NOT NULL CHECK (duty IN ('responsible', 'backup', 'assistant', 'sent')),
    full_time   boolean NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz,
    CHECK (valid_to IS NULL OR valid_to > valid_from)
);
CREATE INDEX members_unit ON members (area, department);
CREATE INDEX members_person ON members (person);
-- One answers, one is the backup; what overlaps in time is refused before it comes here.
CREATE UNIQUE INDEX members_one ON members (area, department, duty)
    WHERE valid_to IS NULL AND duty IN ('responsible', 'backup');

CREATE TABLE absences (
    id        bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    person    text NOT NULL CHECK (person <> ''),
    begins    timestamptz NOT NULL,
    ends      timestamptz,
    stand_in  text CHECK (stand_in <> person),
    reason    text NOT NULL DEFAULT '',
    by        text NOT NULL,
    at        timestamptz NOT NULL DEFAULT clock_timestamp(),
    UNIQUE (person, begins),
    CHECK (ends IS NULL OR ends > begins)
);

-- Raised by every change of the two, so that who has them in memory knows when to read again.
CREATE TABLE team_stamp (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    number  bigint NOT NULL DEFAULT 0
);
INSERT INTO team_stamp DEFAULT VALUES;
CREATE FUNCTION stamp_teams() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE team_stamp SET number = number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER stamp_teams AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON members
    FOR EACH STATEMENT EXECUTE FUNCTION stamp_teams();
CREATE TRIGGER stamp_teams AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON absences
    FOR EACH STATEMENT EXECUTE FUNCTION stamp_teams();

-- Open work that passes to others once `due_at` has come: a person's work everywhere (unit_path
-- NULL) or in one unit, to the successor or to whoever answers for the unit then. Done in batches
-- in the order of case ids; `reached` is the last one, `waiting` counts those for which nobody was
-- there: the next round begins at `retry_at`.
CREATE TABLE hand_overs (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    person      text NOT NULL CHECK (person <> ''),
    successor   text,
    unit_path   text COLLATE "C",
    department  text NOT NULL DEFAULT '',
    absence     bigint REFERENCES absences (id) ON DELETE CASCADE,
    due_at      timestamptz NOT NULL,
    by          text NOT NULL,
    reached     uuid,
    waiting     integer NOT NULL DEFAULT 0,
    retry_at    timestamptz,
    handed      integer NOT NULL DEFAULT 0,
    done_at     timestamptz
);
CREATE INDEX hand_overs_open ON hand_overs (due_at) WHERE done_at IS NULL;
CREATE INDEX hand_overs_absence ON hand_overs (absence) WHERE absence IS NOT NULL;
