-- What a report on a layout reads.

-- name: about
SELECT name, source, seed FROM layouts WHERE id = %(layout)s

-- name: areas
SELECT level, code, parent, name, path, ur_class, synthetic, public.ST_AsBinary(geom)
  FROM areas
 WHERE layout = %(layout)s
 ORDER BY array_position(ARRAY['city', 'district', 'street', 'community', 'grid'], level),
          code COLLATE "C"

-- Work that came in: what was refused, withdrawn or void was none, what was merged is its parent's.
-- name: cases
SELECT public.ST_X(point), public.ST_Y(point)
  FROM cases
 WHERE received_at >= clock_timestamp() - interval '1 year'
   AND status NOT IN ('declined', 'withdrawn', 'merged', 'void')

-- The latest figure of each area, whoever gave it.
-- name: facts
SELECT DISTINCT ON (measure, area) measure, area, value
  FROM area_facts
 WHERE valid_to IS NULL AND measure = ANY(%(measures)s)
 ORDER BY measure, area, day DESC, valid_from DESC, source
