-- name: due
SELECT case_id::text, coalesce(report, case_id)::text, class, reporter, seen_at, lon, lat,
       parent::text, parent IS NULL AND status IN ('received', 'open', 'working'), false, outside,
       closed_at, received_at, recurred, apart, category
  FROM sightings
 WHERE look_at <= %(now)s
 ORDER BY seen_at, report
 LIMIT %(limit)s

-- name: free_near
SELECT DISTINCT ON (s.case_id)
       s.case_id::text, coalesce(s.report, s.case_id)::text, s.class, s.reporter, s.seen_at, s.lon,
       s.lat, s.parent::text, s.parent IS NULL, coalesce(s.look_at > %(now)s, false), s.outside,
       s.closed_at, s.received_at, s.look_at IS NOT NULL
  FROM unnest(%(class)s::text[], %(tile)s::bigint[], %(since)s::timestamptz[])
    AS n (class, tile, since)
  JOIN sightings AS s ON s.tile = n.tile AND s.class = n.class AND s.seen_at >= n.since
 WHERE NOT s.apart
   AND CASE WHEN s.parent IS NULL THEN s.status IN ('received', 'open', 'working')
            ELSE EXISTS (SELECT FROM surges AS g WHERE g.parent = s.parent) END

-- name: standing_near
SELECT DISTINCT ON (g.parent)
       g.parent::text, g.class, coalesce(g.first, g.first_case)::text, g.lon, g.lat, g.first_at,
       g.last_at
  FROM unnest(%(class)s::text[], %(tile)s::bigint[], %(since)s::timestamptz[])
    AS n (class, tile, since)
  JOIN surges AS g ON g.tile = n.tile AND g.class = n.class AND g.last_at >= n.since

-- name: at_spots
SELECT DISTINCT ON (s.case_id)
       s.case_id::text, coalesce(s.report, s.case_id)::text, s.class, s.reporter, s.seen_at, s.lon,
       s.lat, s.parent::text, s.parent IS NULL AND s.status IN ('received', 'open', 'working'),
       coalesce(s.look_at > %(now)s, false), s.outside, s.closed_at, s.received_at, s.recurred
  FROM unnest(%(class)s::text[], %(spot)s::bigint[], %(since)s::timestamptz[])
    AS n (class, spot, since)
 CROSS JOIN LATERAL (
     SELECT * FROM sightings AS o WHERE o.spot = n.spot AND o.seen_at >= n.since
     UNION ALL
     SELECT * FROM sightings AS o
      WHERE o.spot = n.spot AND o.closed_at >= n.since AND o.seen_at < n.since) AS s
 WHERE s.class = n.class AND s.outside AND s.status NOT IN ('declined', 'withdrawn', 'void')

-- name: alike
SELECT n.case_id::text, c.*
  FROM unnest(%(case_id)s::uuid[], %(class)s::text[], %(lon)s::float8[], %(lat)s::float8[],
              %(seen_at)s::timestamptz[], %(west)s::bigint[], %(east)s::bigint[],
              %(south)s::bigint[], %(north)s::bigint[])
    AS n (case_id, class, lon, lat, seen_at, west, east, south, north)
 CROSS JOIN LATERAL (
     SELECT coalesce(s.parent, s.case_id)::text, coalesce(s.report, s.case_id)::text, s.category,
            s.seen_at, s.lon, s.lat
       FROM sightings AS s
      WHERE s.spot = ANY(ARRAY(SELECT (x << 32) + y FROM generate_series(n.west, n.east) AS x,
                                                         generate_series(n.south, n.north) AS y))
        AND s.seen_at BETWEEN n.seen_at - %(within)s::interval AND n.seen_at + %(within)s::interval
        AND s.case_id <> n.case_id
        AND CASE WHEN s.parent IS NULL
                 THEN s.status IN ('received', 'open', 'working', 'handled', 'verified')
                 ELSE EXISTS (SELECT FROM cases AS p
                               WHERE p.id = s.parent AND p.status IN
                                     ('received', 'open', 'working', 'handled', 'verified')) END
      ORDER BY s.class <> n.class, abs(s.lon - n.lon) * 0.8 + abs(s.lat - n.lat), s.case_id
      LIMIT %(limit)s) AS c

-- name: descriptions
SELECT report_id::text, description FROM report_details
 WHERE report_id = ANY(%(ids)s::uuid[]) AND description IS NOT NULL

-- name: looked
UPDATE sightings SET look_at = NULL WHERE case_id = ANY(%(ids)s::uuid[])

-- name: again
UPDATE sightings SET look_at = %(at)s WHERE case_id = ANY(%(ids)s::uuid[])

-- name: taken
UPDATE sightings AS s SET parent = n.parent
  FROM unnest(%(case_id)s::uuid[], %(parent)s::uuid[]) AS n (case_id, parent)
 WHERE s.case_id = n.case_id

-- name: children
SELECT parent::text, id::text FROM cases WHERE parent = ANY(%(ids)s::uuid[]) ORDER BY id

-- name: recurred
UPDATE sightings SET recurred = true WHERE case_id = ANY(%(ids)s::uuid[])

-- name: stand
INSERT INTO surges (parent, class, first_case, first, lon, lat, tile, first_at, last_at)
SELECT n.parent, n.class, s.case_id, n.first, n.lon, n.lat, n.tile, n.first_at, n.last_at
  FROM unnest(%(parent)s::uuid[], %(class)s::text[], %(first)s::uuid[], %(lon)s::float8[],
              %(lat)s::float8[], %(tile)s::bigint[], %(first_at)s::timestamptz[],
              %(last_at)s::timestamptz[])
    AS n (parent, class, first, lon, lat, tile, first_at, last_at)
  JOIN reports AS s ON s.id = n.first
ON CONFLICT (parent) DO UPDATE
   SET first_case = excluded.first_case, first = excluded.first, lon = excluded.lon,
       lat = excluded.lat, tile = excluded.tile, first_at = excluded.first_at,
       last_at = greatest(surges.last_at, excluded.last_at)
