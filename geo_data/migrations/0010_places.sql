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
