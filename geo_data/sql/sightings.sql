-- name: told
SELECT r.id::text, r.seen_at, r.received_at, p.reporter, k.role, k.area
  FROM reports AS r
  LEFT JOIN report_people AS p ON p.report_id = r.id
  LEFT JOIN api_keys AS k ON starts_with(r.sender, 'key:') AND k.id = substr(r.sender, 5)
 WHERE r.id = ANY(%(ids)s::uuid[])

-- name: add
INSERT INTO sightings (case_id, report, category, class, reporter, seen_at, received_at, at, look_at,
                       path, lon, lat, tile, spot, status, version, outside)
SELECT * FROM unnest(%(case_id)s::uuid[], %(report)s::uuid[], %(category)s::text[],
                     %(class)s::text[], %(reporter)s::text[], %(seen_at)s::timestamptz[],
                     %(received_at)s::timestamptz[], %(at)s::timestamptz[],
                     %(look_at)s::timestamptz[], %(path)s::text[], %(lon)s::float8[],
                     %(lat)s::float8[], %(tile)s::bigint[], %(spot)s::bigint[], %(status)s::text[],
                     %(version)s::int[], %(outside)s::bool[])
ON CONFLICT (case_id) DO NOTHING

-- name: follow
UPDATE sightings AS s
   SET version = n.version,
       status = coalesce(n.status, s.status),
       closed_at = CASE WHEN n.status IS NULL THEN s.closed_at
                        WHEN n.status = 'closed' THEN n.at END,
       parent = CASE WHEN n.apart THEN n.parent ELSE coalesce(n.parent, s.parent) END,
       apart = s.apart OR n.apart
  FROM unnest(%(case_id)s::uuid[], %(version)s::int[], %(status)s::text[], %(at)s::timestamptz[],
              %(parent)s::uuid[], %(apart)s::bool[])
    AS n (case_id, version, status, at, parent, apart)
 WHERE s.case_id = n.case_id AND s.version < n.version

-- name: move
UPDATE sightings
   SET category = %(category)s, class = %(class)s, path = %(path)s,
       lon = coalesce(%(lon)s, lon), lat = coalesce(%(lat)s, lat),
       tile = coalesce(%(tile)s, tile), spot = coalesce(%(spot)s, spot),
       look_at = CASE WHEN parent IS NULL THEN %(look_at)s ELSE look_at END
 WHERE case_id = %(case_id)s AND version < %(version)s

-- name: rezone
UPDATE sightings AS s
   SET path = n.path
  FROM unnest(%(case_id)s::uuid[], %(version)s::int[], %(path)s::text[])
    AS n (case_id, version, path)
 WHERE s.case_id = n.case_id AND s.version < n.version

-- name: follow_parents
UPDATE sightings AS s
   SET closed_at = n.closed_at
  FROM unnest(%(parent)s::uuid[], %(closed_at)s::timestamptz[]) AS n (parent, closed_at)
 WHERE s.parent = n.parent AND s.closed_at IS DISTINCT FROM n.closed_at

-- name: end_surges
DELETE FROM surges WHERE parent = ANY(%(ids)s::uuid[])

-- name: forget
DELETE FROM sightings
 WHERE at < %(before)s
   AND (status NOT IN ('received', 'open', 'working', 'handled', 'verified', 'merged')
        OR status = 'merged' AND NOT EXISTS (
            SELECT FROM cases AS p WHERE p.id = sightings.parent AND p.status IN
                   ('received', 'open', 'working', 'handled', 'verified')))
   AND coalesce(closed_at, at) < %(before)s
