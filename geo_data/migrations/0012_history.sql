-- Cases as they were: what each was before it changed. geo_data/history.py makes what is older than this.

-- One row for each version of a case that another one followed, with what features and lists show
-- of it; the present one is in `cases`. It held from `since` until before `until`. Number, source
-- and time of receipt never change and stand in `cases` alone; no point: it lay where it lies now.
-- Written by a trigger, so that whatever changes a case keeps what it was, in its own transaction.
CREATE TABLE case_history (
    case_id         uuid NOT NULL,
    since           timestamptz NOT NULL,
    until           timestamptz NOT NULL,
    status          text NOT NULL,
    size            text NOT NULL,
    category        text NOT NULL,
    path            text COLLATE "C" NOT NULL,
    cell            text,
    layout          integer NOT NULL,
    level           text NOT NULL,
    handler_kind    text NOT NULL,
    department      text NOT NULL,
    assisting       text[] NOT NULL,
    stage           text,
    warn_at         timestamptz,
    due_at          timestamptz,
    promise_due     timestamptz,
    paused          boolean NOT NULL,
    reports         integer NOT NULL,
    parent          uuid,
    closed_at       timestamptz,
    handler_person  text NOT NULL,
    asks            text[] NOT NULL,
    marks           text[] NOT NULL,
    point           public.geometry (Point, 4326),
    -- `since` stands in it so that the one version of an instant is found without reading the others
    PRIMARY KEY (case_id, until, since),
    CHECK (until > since)
);
-- Rows come in the order of `until`, and most versions hold for days: what held at an instant lies in
-- a few pages, which two ends of each page find at next to no cost for who writes. Only the planner
-- has to be told how few they are: by each end alone, half of the table held in its middle.
CREATE INDEX case_history_held ON case_history
    USING brin (until, since timestamptz_minmax_multi_ops)
    WITH (pages_per_range = 16, autosummarize = on);
CREATE STATISTICS case_history_during ON (tstzrange(since, until)) FROM case_history;
CREATE INDEX case_history_moved ON case_history USING gist (point) WHERE point IS NOT NULL;

-- A change of nothing but the timekeeper's notes leaves `changed_at` as it was, and no row. The new
-- rows are looked up by key: a join of two transition tables is planned once, for the first size.
CREATE FUNCTION keep_history() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE case_history AS h SET point = o.point
      FROM was AS o
      JOIN cases AS n ON n.id = o.id
     WHERE NOT o.point OPERATOR(public.=) n.point
       AND h.case_id = o.id AND h.point IS NULL;
    INSERT INTO case_history (case_id, since, until, status, size, category, path, cell, layout,
           level, handler_kind, department, assisting, stage, warn_at, due_at, promise_due, paused,
           reports, parent, closed_at, handler_person, asks, marks, point)
    SELECT o.id, o.changed_at, n.changed_at, o.status, o.size, o.category, o.path, o.cell, o.layout,
           o.level, o.handler_kind, o.department, o.assisting, o.stage, o.warn_at, o.due_at,
           o.promise_due, o.paused, o.reports, o.parent, o.closed_at, o.handler_person, o.asks,
           o.marks, CASE WHEN NOT o.point OPERATOR(public.=) n.point THEN o.point END
      FROM was AS o
      JOIN cases AS n ON n.id = o.id
     WHERE n.changed_at > o.changed_at;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_history AFTER UPDATE ON cases REFERENCING OLD TABLE AS was
    FOR EACH STATEMENT EXECUTE FUNCTION keep_history();

-- What features show of `case_facts`, from when on until when; no row: nothing had happened yet.
-- Written by whoever follows the feed for the figures, event by event.
CREATE TABLE fact_history (
    case_id      uuid NOT NULL,
    since        timestamptz NOT NULL,
    until        timestamptz NOT NULL DEFAULT 'infinity',
    accepted_at  timestamptz,
    handled_at   timestamptz,
    handle_late  boolean NOT NULL,
    closed_late  boolean NOT NULL,
    rework       integer NOT NULL,
    escalations  integer NOT NULL,
    cards        integer NOT NULL,
    PRIMARY KEY (case_id, since),
    CHECK (until > since)
);
