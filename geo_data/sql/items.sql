-- Where a layout lies and when it holds: what a collection says of its extent.
-- name: extent
SELECT public.ST_XMin(e.box), public.ST_YMin(e.box), public.ST_XMax(e.box), public.ST_YMax(e.box),
       l.valid_from, l.valid_to
  FROM layouts AS l
  LEFT JOIN LATERAL (
       SELECT public.ST_Extent(a.geom) AS box FROM areas AS a
        WHERE a.layout = l.id AND a.level = 'city') AS e ON true
 WHERE l.id = %(layout)s

-- name: patience
SELECT set_config('statement_timeout', %(milliseconds)s::text, true)
