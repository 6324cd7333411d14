-- Compiling a statement takes longer than drawing most tiles, so it is not done here.
-- name: limits
SELECT set_config('statement_timeout', %(timeout)s, true), set_config('jit', 'off', true)

-- name: bounds
SELECT public.ST_XMin(geom), public.ST_YMin(geom), public.ST_XMax(geom), public.ST_YMax(geom)
  FROM areas
 WHERE layout = %(layout)s AND path = %(path)s

-- name: city
SELECT public.ST_XMin(geom), public.ST_YMin(geom), public.ST_XMax(geom), public.ST_YMax(geom)
  FROM (SELECT public.ST_Extent(geom) AS geom FROM areas
         WHERE layout = %(layout)s AND level = 'city') AS c
 WHERE geom IS NOT NULL
