-- name: bounds
SELECT public.ST_XMin(geom), public.ST_YMin(geom), public.ST_XMax(geom), public.ST_YMax(geom)
  FROM areas
 WHERE layout = %(layout)s AND path = %(path)s

-- name: city
SELECT public.ST_XMin(geom), public.ST_YMin(geom), public.ST_XMax(geom), public.ST_YMax(geom)
  FROM (SELECT public.ST_Extent(geom) AS geom FROM areas
         WHERE layout = %(layout)s AND level = 'city') AS c
 WHERE geom IS NOT NULL
