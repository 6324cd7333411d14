-- What the watchers remember: sightings are kept with the fate of their case, so that groups do not
-- depend on the order in which reports come in, repetition is found, and a feed that is read again
-- changes nothing. Suggestions of what may be one matter.

ALTER TABLE sightings
    ADD COLUMN report       uuid,
    ADD COLUMN category     text NOT NULL DEFAULT '',
    ADD COLUMN received_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    ADD COLUMN look_at      timestamptz DEFAULT clock_timestamp(),
    ADD COLUMN spot         bigint NOT NULL DEFAULT 0,
    ADD COLUMN status       text NOT NULL DEFAULT 'open',
    ADD COLUMN version      integer NOT NULL DEFAULT 1,
    ADD COLUMN parent       uuid,
    ADD COLUMN apart        boolean NOT NULL DEFAULT false,
    ADD COLUMN outside      boolean NOT NULL DEFAULT true,
    ADD COLUMN recurred     boolean NOT NULL DEFAULT false,
    ADD COLUMN closed_at    timestamptz;
UPDATE sightings AS s
   SET report = r.id, category = r.category, received_at = r.received_at, at = r.received_at,
       look_at = NULL,
       tile = (floor(s.lon / 0.006)::bigint << 32) + floor(s.lat / 0.006)::bigint,
       spot = (floor(s.lon / 0.001)::bigint << 32) + floor(s.lat / 0.001)::bigint
  FROM reports AS r
 WHERE r.case_id = s.case_id;
DROP INDEX sightings_age;
CREATE INDEX sightings_due ON sightings (look_at) WHERE look_at IS NOT NULL;
CREATE INDEX sightings_spot ON sightings (spot, seen_at);
CREATE INDEX sightings_closed ON sightings (spot, closed_at) WHERE closed_at IS NOT NULL;
CREATE INDEX sightings_parent ON sightings (parent) WHERE parent IS NOT NULL;

ALTER TABLE surges ADD COLUMN first uuid;
ALTER TABLE surges DROP CONSTRAINT surges_first_case_key;
UPDATE surges AS g
   SET first = r.id,
       tile = (floor(g.lon / 0.006)::bigint << 32) + floor(g.lat / 0.006)::bigint
  FROM reports AS r
 WHERE r.case_id = g.first_case;

CREATE TABLE suggestions (
    case_id     uuid NOT NULL,
    other       uuid NOT NULL,
    score       double precision NOT NULL CHECK (score BETWEEN 0 AND 1),
    reasons     jsonb NOT NULL,
    state       text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'merged', 'dismissed', 'over')),
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    changed_at  timestamptz,
    by          text,
    PRIMARY KEY (case_id, other),
    CHECK (case_id <> other)
);
CREATE INDEX suggestions_other ON suggestions (other);
