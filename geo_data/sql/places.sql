-- Places: what their sources say, loaded and read.

-- name: stamp
SELECT number FROM place_stamp

-- name: lock
LOCK TABLE places IN SHARE ROW EXCLUSIVE MODE

-- The box of the city in the layout in force.
-- name: city_box
SELECT public.ST_XMin(geom), public.ST_YMin(geom), public.ST_XMax(geom), public.ST_YMax(geom)
  FROM areas WHERE layout = %(layout)s AND level = 'city'

-- name: latest
SELECT code, id, digest FROM places WHERE source = %(source)s AND closed_at IS NULL

-- name: known_codes
SELECT DISTINCT code FROM places WHERE source = %(source)s

-- What a later file left out, or says otherwise from `ends` on. It is kept.
-- name: close
UPDATE places AS p
   SET closed_at = %(now)s,
       valid_to = greatest(p.valid_from, least(p.valid_to, n.ends))
  FROM unnest(%(ids)s::bigint[], %(ends)s::timestamptz[]) AS n (id, ends)
 WHERE p.id = n.id

-- name: copy
COPY places (source, code, digest, kind, name, owner, geom, valid_from, valid_to, loaded_at)
FROM STDIN

-- name: counts
SELECT source, kind, count(*) FILTER (WHERE closed_at IS NULL),
       count(*) FILTER (WHERE valid_from <= clock_timestamp()
                          AND (valid_to IS NULL OR valid_to > clock_timestamp())),
       max(loaded_at)
  FROM places
 GROUP BY source, kind
 ORDER BY source, kind

-- What makes zones now, will, or did lately: a report may have waited for some days.
-- name: zones
SELECT kind, public.ST_AsBinary(geom), valid_from, valid_to
  FROM places
 WHERE kind = ANY(%(kinds)s)
   AND (valid_to IS NULL OR valid_to > clock_timestamp() - interval '31 days')

-- What makes zones now and lies near one of some positions, found by index.
-- name: zones_near
SELECT p.kind, public.ST_AsBinary(p.geom)
  FROM places AS p
 WHERE p.id IN (
       SELECT q.id
         FROM unnest(%(lon)s::float8[], %(lat)s::float8[], %(reach)s::float8[])
                AS n (lon, lat, reach)
        CROSS JOIN LATERAL public.ST_SetSRID(public.ST_MakePoint(n.lon, n.lat), 4326) AS here
         JOIN places AS q ON q.geom OPERATOR(public.&&) public.ST_Expand(here, n.reach)
                         AND public.ST_DWithin(q.geom, here, n.reach)
        WHERE q.kind = ANY(%(kinds)s) AND q.valid_from <= clock_timestamp()
          AND (q.valid_to IS NULL OR q.valid_to > clock_timestamp()))
