-- name: told
SELECT r.id::text, r.seen_at, p.reporter
  FROM reports AS r LEFT JOIN report_people AS p ON p.report_id = r.id
 WHERE r.id = ANY(%(ids)s::uuid[])

-- name: free
SELECT case_id::text, class, reporter, seen_at, path, lon, lat
  FROM sightings
 WHERE tile = ANY(%(tiles)s::bigint[]) AND class = ANY(%(classes)s::text[])
   AND seen_at BETWEEN %(since)s AND %(until)s

-- name: standing
SELECT parent::text, class, first_case::text, lon, lat, first_at, last_at
  FROM surges
 WHERE tile = ANY(%(tiles)s::bigint[]) AND class = ANY(%(classes)s::text[])
   AND last_at BETWEEN %(since)s AND %(until)s

-- name: add_sightings
INSERT INTO sightings (case_id, class, reporter, seen_at, path, lon, lat, tile)
SELECT * FROM unnest(%(case_id)s::uuid[], %(class)s::text[], %(reporter)s::text[],
                     %(seen_at)s::timestamptz[], %(path)s::text[], %(lon)s::float8[],
                     %(lat)s::float8[], %(tile)s::bigint[])
ON CONFLICT (case_id) DO NOTHING

-- name: drop_sightings
DELETE FROM sightings WHERE case_id = ANY(%(ids)s::uuid[])

-- name: forget_sightings
DELETE FROM sightings WHERE seen_at < %(before)s

-- name: add_surges
INSERT INTO surges (parent, class, first_case, lon, lat, tile, first_at, last_at)
SELECT * FROM unnest(%(parent)s::uuid[], %(class)s::text[], %(first_case)s::uuid[],
                     %(lon)s::float8[], %(lat)s::float8[], %(tile)s::bigint[],
                     %(first_at)s::timestamptz[], %(last_at)s::timestamptz[])
ON CONFLICT (parent) DO UPDATE SET last_at = excluded.last_at

-- name: drop_surges
DELETE FROM surges WHERE parent = ANY(%(ids)s::uuid[])
