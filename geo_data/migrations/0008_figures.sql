-- What figures are counted from, kept by a follower of the feed; what communities say of workers.

CREATE TABLE case_facts (
    case_id           uuid PRIMARY KEY,
    version           integer NOT NULL,
    number            text NOT NULL,
    path              text COLLATE "C" NOT NULL,
    category          text NOT NULL,
    source            text NOT NULL,
    size              text NOT NULL,
    lon               double precision NOT NULL,
    lat               double precision NOT NULL,
    sender            text NOT NULL,
    gathered          boolean NOT NULL,
    reports           integer NOT NULL,
    received_at       timestamptz NOT NULL,
    filed_at          timestamptz,
    status            text NOT NULL,
    level             text NOT NULL,
    charge_area       text COLLATE "C" NOT NULL,
    kind              text NOT NULL,
    area              text COLLATE "C" NOT NULL,
    department        text NOT NULL,
    person            text NOT NULL,
    first_department  text NOT NULL,
    dispatched_at     timestamptz,
    accepted_at       timestamptz,
    misdirected       boolean NOT NULL,
    handle_due        timestamptz,
    handled_at        timestamptz,
    handled_done      timestamptz,
    handled_by        text NOT NULL,
    outcome           text NOT NULL,
    handle_late       boolean NOT NULL,
    handle_blamed     boolean NOT NULL,
    settled_at        timestamptz,
    settled_by        text NOT NULL,
    recheck_failed    boolean NOT NULL,
    verified_at       timestamptz,
    verified_by       text NOT NULL,
    promised_from     timestamptz,
    promised_due      timestamptz,
    promise_due       timestamptz,
    promise_broken    boolean NOT NULL,
    closed_at         timestamptz,
    closed_late       boolean NOT NULL,
    closed_blamed     boolean NOT NULL,
    ended_at          timestamptz,
    promised_s        double precision,
    saved_s           double precision,
    rework            integer NOT NULL,
    returns           integer NOT NULL,
    extensions        integer NOT NULL,
    reopened          integer NOT NULL,
    escalations       integer NOT NULL,
    supervisions      integer NOT NULL,
    paused_since      timestamptz,
    pause_kind        text NOT NULL,
    pauses            integer NOT NULL,
    paused_s          double precision NOT NULL,
    red               integer NOT NULL,
    blamed            integer NOT NULL,
    cards             integer NOT NULL,
    parent            uuid
);
-- A month of a district is a range of these. What changes with each event is in no index, so that
-- rows are mostly updated in place.
CREATE INDEX case_facts_received ON case_facts (split_part(path, '/', 2), received_at);
CREATE INDEX case_facts_handle ON case_facts (split_part(path, '/', 2), handle_due);
CREATE INDEX case_facts_promise ON case_facts (split_part(path, '/', 2), promise_due);
CREATE INDEX case_facts_closed ON case_facts (split_part(path, '/', 2), closed_at)
    WHERE closed_at IS NOT NULL;
CREATE INDEX case_facts_open ON case_facts (path) WHERE ended_at IS NULL;
CREATE INDEX case_facts_paused ON case_facts (path) WHERE paused_since IS NOT NULL;
CREATE INDEX case_facts_sender ON case_facts (sender, received_at)
    WHERE source IN ('worker', 'inspector', 'task');
CREATE INDEX case_facts_settled ON case_facts (settled_by, settled_at) WHERE settled_by <> '';
CREATE INDEX case_facts_handled ON case_facts (handled_by, handled_at) WHERE handled_by <> '';

CREATE TABLE held_stages (
    case_id     uuid NOT NULL,
    number      text NOT NULL,
    path        text COLLATE "C" NOT NULL,
    category    text NOT NULL,
    source      text NOT NULL,
    size        text NOT NULL,
    n           integer NOT NULL,
    stage       text NOT NULL,
    who         text NOT NULL,
    kind        text NOT NULL,
    area        text COLLATE "C" NOT NULL,
    department  text NOT NULL,
    person      text NOT NULL,
    level       text NOT NULL,
    since       timestamptz NOT NULL,
    warn        timestamptz NOT NULL,
    due         timestamptz NOT NULL,
    ended       timestamptz,
    done_at     timestamptz,
    how         text NOT NULL,
    late        boolean NOT NULL,
    blamed      boolean NOT NULL,
    state       text NOT NULL,
    carded_at   timestamptz,
    PRIMARY KEY (case_id, n)
) WITH (fillfactor = 85);
CREATE INDEX held_stages_due ON held_stages (split_part(path, '/', 2), due);
CREATE INDEX held_stages_carded ON held_stages (carded_at, path) WHERE carded_at IS NOT NULL;
CREATE INDEX held_stages_person ON held_stages (person, due) WHERE person <> '';

CREATE TABLE callbacks (
    case_id     uuid NOT NULL,
    number      text NOT NULL,
    path        text COLLATE "C" NOT NULL,
    category    text NOT NULL,
    source      text NOT NULL,
    size        text NOT NULL,
    report      text NOT NULL,
    level       text NOT NULL,
    at          timestamptz NOT NULL,
    tries       integer NOT NULL,
    final       boolean NOT NULL,
    reached     boolean NOT NULL,
    solved      boolean NOT NULL,
    satisfied   boolean NOT NULL,
    reason      text NOT NULL,
    department  text NOT NULL,
    PRIMARY KEY (case_id, report, level)
);
CREATE INDEX callbacks_at ON callbacks (split_part(path, '/', 2), at);

CREATE TABLE appraisals (
    person     text NOT NULL CHECK (person <> ''),
    month      text NOT NULL CHECK (month ~ '^\d{4}-\d{2}$'),
    mark       double precision NOT NULL CHECK (mark BETWEEN 0 AND 100),
    words      text NOT NULL DEFAULT '',
    by         text NOT NULL,
    loaded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (person, month)
);
