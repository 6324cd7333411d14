-- What a report on a layout reads.

-- name: about
SELECT name, source, seed FROM layouts WHERE id = %(layout)s

-- Of a published layout the one that it ended, of a draft the newest published one.
-- name: before
SELECT b.id
  FROM layouts AS b
 WHERE b.valid_from IS NOT NULL AND b.id IS DISTINCT FROM %(layout)s
   AND b.valid_from < coalesce((SELECT l.valid_from FROM layouts AS l WHERE l.id = %(layout)s),
                               'infinity')
 ORDER BY b.valid_from DESC
 LIMIT 1

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
