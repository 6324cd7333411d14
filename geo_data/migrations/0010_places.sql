-- Where schools, gas lines, hydrants lie, and what is known of areas: from files, kept with their time.

-- What a source's latest file says has no closed_at; what it left out or says otherwise was closed.
CREATE TABLE places (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    source      text COLLATE "C" NOT NULL CHECK (source <> ''),
    code        text COLLATE "C" NOT NULL CHECK (code <> ''),
    digest      bytea NOT NULL CHECK (length(digest) = 32),
    kind        text NOT NULL CHECK (kind <> ''),
    name        text NOT NULL DEFAULT '',
    owner       text NOT NULL DEFAULT '',
    geom        public.geometry (Geometry, 4326) NOT NULL,
    valid_from  timestamptz NOT NULL,
    valid_to    timestamptz,
    loaded_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    closed_at   timestamptz,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE UNIQUE INDEX places_latest ON places (source, code) WHERE closed_at IS NULL;
CREATE INDEX places_geom ON places USING gist (geom);

-- Raised by every change, so that who has the places in memory knows when to read again.
CREATE TABLE place_stamp (
    one     boolean PRIMARY KEY DEFAULT true CHECK (one),
    number  bigint NOT NULL DEFAULT 0
);
INSERT INTO place_stamp DEFAULT VALUES;
CREATE FUNCTION stamp_places() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE place_stamp SET number = number + 1;
    RETURN NULL;
END $$;
CREATE TRIGGER stamp_places AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON places
    FOR EACH STATEMENT EXECUTE FUNCTION stamp_places();

-- Figures about areas, of a day; `valid_to` is when a later file of the source left one out.
CREATE TABLE area_facts (
    id          bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    source      text COLLATE "C" NOT NULL CHECK (source <> ''),
    area        text COLLATE "C" NOT NULL,
    measure     text COLLATE "C" NOT NULL CHECK (measure <> ''),
    day         date NOT NULL,
    value       double precision NOT NULL CHECK (value >= 0 AND value < 'Infinity'),
    valid_from  timestamptz NOT NULL DEFAULT clock_timestamp(),
    valid_to    timestamptz,
    CHECK (valid_to IS NULL OR valid_to >= valid_from)
);
CREATE UNIQUE INDEX area_facts_latest ON area_facts (source, area, measure, day)
    WHERE valid_to IS NULL;
CREATE INDEX area_facts_measure ON area_facts (measure, area, day DESC) WHERE valid_to IS NULL;

CREATE VIEW feature_places AS
SELECT p.id, p.code, p.kind, p.name, p.owner, p.source, p.valid_from, p.valid_to, p.geom
  FROM places AS p;

-- What the latest files say, with the outline that the area has now (none: it is no area any more).
CREATE VIEW feature_area_facts AS
SELECT f.id, f.area, a.name, a.level, a.path, f.measure, f.value, f.day,
       f.day::timestamp AT TIME ZONE 'Asia/Shanghai' AS at, f.source, f.valid_from AS loaded_at,
       a.geom
  FROM area_facts AS f
  LEFT JOIN areas AS a ON a.code = f.area AND a.layout = (
       SELECT l.id FROM layouts AS l
        WHERE l.valid_from <= clock_timestamp()
          AND (l.valid_to IS NULL OR l.valid_to > clock_timestamp())
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
 WHERE f.valid_to IS NULL;

-- Roles that log in to the database, made by `wangge reader add`: what they see of the views below.
CREATE TABLE readers (
    role        name PRIMARY KEY,
    area        text COLLATE "C" NOT NULL CHECK (area LIKE '%/'),
    area_end    text COLLATE "C" NOT NULL GENERATED ALWAYS AS (left(area, -1) || '0') STORED,
    department  text NOT NULL DEFAULT '',
    masked      boolean NOT NULL,
    created_at  timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The views that readers may select from, with the columns of the collections of the same names;
-- docs/how-to/qgis-database.md lists them. Names, borders, places and facts are for every reader:
-- no barrier, so that an index finds what is on the map.

CREATE VIEW read_cells AS
SELECT v.id, v.name, v.level, v.path, v.parent, v.district, v.street, v.community, v.area_m2,
       v.ur_class, v.synthetic, v.layout, v.valid_from, v.valid_to, v.geom
  FROM feature_areas AS v
 WHERE v.level = 'grid'
   AND v.layout = (
       SELECT l.id FROM layouts AS l
        WHERE l.valid_from <= clock_timestamp()
          AND (l.valid_to IS NULL OR l.valid_to > clock_timestamp())
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
   AND EXISTS (SELECT FROM readers WHERE role = session_user);

CREATE VIEW read_communities AS
SELECT v.id, v.name, v.level, v.path, v.parent, v.district, v.street, v.community, v.area_m2,
       v.ur_class, v.synthetic, v.layout, v.valid_from, v.valid_to, v.geom
  FROM feature_areas AS v
 WHERE v.level = 'community'
   AND v.layout = (
       SELECT l.id FROM layouts AS l
        WHERE l.valid_from <= clock_timestamp()
          AND (l.valid_to IS NULL OR l.valid_to > clock_timestamp())
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
   AND EXISTS (SELECT FROM readers WHERE role = session_user);

CREATE VIEW read_streets AS
SELECT v.id, v.name, v.level, v.path, v.parent, v.district, v.street, v.community, v.area_m2,
       v.ur_class, v.synthetic, v.layout, v.valid_from, v.valid_to, v.geom
  FROM feature_areas AS v
 WHERE v.level = 'street'
   AND v.layout = (
       SELECT l.id FROM layouts AS l
        WHERE l.valid_from <= clock_timestamp()
          AND (l.valid_to IS NULL OR l.valid_to > clock_timestamp())
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
   AND EXISTS (SELECT FROM readers WHERE role = session_user);

CREATE VIEW read_districts AS
SELECT v.id, v.name, v.level, v.path, v.parent, v.district, v.street, v.community, v.area_m2,
       v.ur_class, v.synthetic, v.layout, v.valid_from, v.valid_to, v.geom
  FROM feature_areas AS v
 WHERE v.level = 'district'
   AND v.layout = (
       SELECT l.id FROM layouts AS l
        WHERE l.valid_from <= clock_timestamp()
          AND (l.valid_to IS NULL OR l.valid_to > clock_timestamp())
        ORDER BY l.valid_from DESC, l.id DESC LIMIT 1)
   AND EXISTS (SELECT FROM readers WHERE role = session_user);

CREATE VIEW read_places AS
SELECT v.id, v.code, v.kind, v.name, v.owner, v.source, v.valid_from, v.valid_to, v.geom
  FROM feature_places AS v
 WHERE EXISTS (SELECT FROM readers WHERE role = session_user);

CREATE VIEW read_area_facts AS
SELECT v.id, v.area, v.name, v.level, v.path, v.measure, v.value, v.at, v.source, v.loaded_at,
       v.geom
  FROM feature_area_facts AS v
 WHERE EXISTS (SELECT FROM readers WHERE role = session_user);

-- Cases and reports by area and department; positions rounded where the reader is masked, as
-- geo_data/features/reading.py rounds them. The barrier keeps a reader's functions from rows that
-- are not its own; OFFSET 0 keeps every other condition of the reader outside, too, so that neither
-- plans nor their counts tell of such rows. session_user: SET ROLE changes nothing.

CREATE VIEW read_cases WITH (security_barrier) AS
SELECT v.id::text AS id, v.number, v.status, v.size, v.category, v.source, v.path, v.district,
       v.street, v.community, v.cell, v.layout, v.level, v.handler_kind, v.department, v.stage,
       v.due_at, v.promise_due, v.paused, v.reports, v.parent::text AS parent, v.received_at,
       v.accepted_at, v.handled_at, v.closed_at, v.changed_at, v.handle_late, v.closed_late,
       v.rework, v.escalations, v.cards,
       (CASE WHEN r.masked THEN public.ST_SetSRID(public.ST_MakePoint(
            round(public.ST_X(v.geom)::numeric, 3)::float8,
            round(public.ST_Y(v.geom)::numeric, 3)::float8), 4326) ELSE v.geom END
       )::public.geometry (Point, 4326) AS geom
  FROM readers AS r
  JOIN feature_cases AS v ON v.path >= r.area AND v.path < r.area_end
 WHERE r.role = session_user
   AND (r.department = '' OR v.department = r.department OR v.assisting @> ARRAY[r.department])
OFFSET 0;

CREATE VIEW read_reports WITH (security_barrier) AS
SELECT v.id::text AS id, v.case_id::text AS case_id, v.number, v.category, v.source, v.status,
       v.path, v.district, v.street, v.community, v.cell, v.received_at, v.seen_at,
       (CASE WHEN r.masked THEN public.ST_SetSRID(public.ST_MakePoint(
            round(public.ST_X(v.geom)::numeric, 3)::float8,
            round(public.ST_Y(v.geom)::numeric, 3)::float8), 4326) ELSE v.geom END
       )::public.geometry (Point, 4326) AS geom
  FROM readers AS r
  JOIN feature_reports AS v ON v.path >= r.area AND v.path < r.area_end
 WHERE r.role = session_user
   AND (r.department = '' OR v.department = r.department OR v.assisting @> ARRAY[r.department])
OFFSET 0;
