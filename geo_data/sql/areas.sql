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

-- What was live at an instant, of the cases that a key sees today: those below `own_low`.
-- name: live_at
SELECT 'live.' || level || '.' || status, count(*)
  FROM (SELECT c.level, c.status
          FROM cases AS c
         WHERE c.changed_at <= %(at)s AND c.closed_at IS NULL
           AND c.path >= %(path_low)s AND c.path < %(path_high)s
           AND c.path >= %(own_low)s AND c.path < %(own_high)s
        UNION ALL
        SELECT h.level, h.status
          FROM case_history AS h
          JOIN cases AS c ON c.id = h.case_id
         WHERE h.since <= %(at)s AND h.until > %(at)s
           AND tstzrange(h.since, h.until) @> %(at)s AND h.closed_at IS NULL
           AND h.path >= %(path_low)s AND h.path < %(path_high)s
           AND c.path >= %(own_low)s AND c.path < %(own_high)s) AS c
 GROUP BY 1

-- `today` of an instant's day, up to the instant, of the same cases.
-- name: today_at
SELECT NULL::bigint,
       count(*),
       count(*) FILTER (WHERE c.status = 'closed'),
       count(*) FILTER (WHERE c.status = 'closed' AND EXISTS (
           SELECT FROM case_events AS e
            WHERE e.case_id = c.id AND e.type = 'settled' AND e.at <= %(at)s)),
       (SELECT count(*)
          FROM case_events AS e
          JOIN cases AS n ON n.id = e.case_id
         WHERE e.case_id >= %(since)s AND e.type = 'escalated' AND e.at <= %(at)s
           AND e.path >= %(path_low)s AND e.path < %(path_high)s
           AND n.path >= %(own_low)s AND n.path < %(own_high)s)
  FROM (SELECT c.id, c.status, c.path, c.path AS path_now
          FROM cases AS c
         WHERE c.id >= %(since)s AND c.changed_at <= %(at)s
        UNION ALL
        SELECT h.case_id, h.status, h.path, c.path
          FROM cases AS c
          JOIN case_history AS h ON h.case_id = c.id
         WHERE c.id >= %(since)s AND h.since <= %(at)s AND h.until > %(at)s) AS c
 WHERE c.path >= %(path_low)s AND c.path < %(path_high)s
   AND c.path_now >= %(own_low)s AND c.path_now < %(own_high)s
