-- name: layout
SELECT id FROM layouts
 WHERE valid_from <= clock_timestamp() AND (valid_to IS NULL OR valid_to > clock_timestamp())
 ORDER BY valid_from DESC, id DESC
 LIMIT 1

-- name: layout_at
SELECT id FROM layouts
 WHERE valid_from <= %(instant)s AND (valid_to IS NULL OR valid_to > %(instant)s)
 ORDER BY valid_from DESC, id DESC
 LIMIT 1

-- name: first_layout
SELECT min(valid_from) FROM layouts

-- name: find
SELECT a.code, a.level, a.name, a.path, a.synthetic, a.area_m2, public.ST_X(a.center),
       public.ST_Y(a.center),
       (SELECT count(*) FROM areas AS b WHERE b.layout = a.layout AND b.parent = a.code)
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.code = %(code)s

-- On a shared border the lowest code has it, as everywhere.
-- name: cell_at
SELECT path FROM areas
 WHERE layout = %(layout)s AND level = 'grid'
   AND public.ST_Covers(geom, public.ST_SetSRID(public.ST_MakePoint(%(lon)s, %(lat)s), 4326))
 ORDER BY code COLLATE "C"
 LIMIT 1

-- name: names
SELECT path, level, name, synthetic FROM areas
 WHERE layout = %(layout)s AND code = ANY(%(codes)s)
 ORDER BY path

-- name: full
SELECT public.ST_AsGeoJSON(geom, 7) FROM areas
 WHERE layout = %(layout)s AND code = %(code)s

-- name: outline
SELECT public.ST_AsGeoJSON(public.ST_Multi(
           public.ST_SimplifyPreserveTopology(geom, %(tolerance)s)), 5)
  FROM areas
 WHERE layout = %(layout)s AND code = %(code)s

-- name: below
SELECT code, name, path, synthetic, public.ST_X(center), public.ST_Y(center),
       public.ST_AsBinary(geom)
  FROM areas
 WHERE layout = %(layout)s AND level = %(level)s
   AND path >= %(path_low)s AND path < %(path_high)s
 ORDER BY path

-- name: counters
SELECT measure, n FROM counters WHERE area = %(area)s

-- name: today
SELECT (SELECT number FROM feed_head),
       count(*),
       count(*) FILTER (WHERE c.status = 'closed'),
       count(*) FILTER (WHERE c.status = 'closed' AND EXISTS (
           SELECT FROM case_events AS e
            WHERE e.case_id = c.id AND e.type = 'settled')),
       (SELECT count(*) FROM case_events AS e
         WHERE e.case_id >= %(since)s AND e.type = 'escalated'
           AND e.path >= %(path_low)s AND e.path < %(path_high)s)
  FROM cases AS c
 WHERE c.id >= %(since)s AND c.path >= %(path_low)s AND c.path < %(path_high)s
