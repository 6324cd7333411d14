-- Layouts and their areas: drafts, and those that are published to hold from a time on.

-- Who writes layouts comes alone, and has written the areas before anybody has to wait.
-- name: alone
SELECT pg_advisory_xact_lock(hashtextextended('layouts of ' || current_schema(), 0))

-- Batches that share the newest row are waited for, later ones wait for us.
-- name: lock
LOCK TABLE layouts IN EXCLUSIVE MODE

-- The newest row is shared until the transaction ends: who publishes waits for it.
-- name: newest_shared
SELECT id, valid_from FROM layouts
 WHERE valid_from IS NOT NULL AND valid_to IS NULL
   FOR SHARE

-- name: newest_and_clock
SELECT clock_timestamp(), n.id, n.name, n.valid_from, n.published_by
  FROM (SELECT 1) AS always
  LEFT JOIN layouts AS n ON n.valid_from IS NOT NULL AND n.valid_to IS NULL

-- name: published
SELECT id, valid_from, valid_to FROM layouts WHERE valid_from IS NOT NULL ORDER BY valid_from

-- name: listed
SELECT l.id, l.name, l.source, l.created_at, l.valid_from, l.valid_to, l.published_at,
       l.published_by,
       (SELECT count(*) FROM areas AS a WHERE a.layout = l.id AND a.level = 'grid'),
       (SELECT count(*) FROM cases AS c WHERE c.layout = l.id AND c.closed_at IS NULL),
       (l.note ->> 'again')::int
  FROM layouts AS l
 ORDER BY l.valid_from, l.id

-- name: page
SELECT l.id, l.name, l.source, l.created_at, l.valid_from, l.valid_to, l.published_at,
       l.published_by,
       (SELECT count(*) FROM areas AS a WHERE a.layout = l.id AND a.level = 'grid'),
       (SELECT count(*) FROM cases AS c WHERE c.layout = l.id AND c.closed_at IS NULL),
       (l.note ->> 'again')::int
  FROM layouts AS l
 WHERE l.id < %(below)s AND (%(drafts)s OR l.valid_from IS NOT NULL)
 ORDER BY l.id DESC
 LIMIT %(limit)s

-- Of a published layout the one that it ended, of a draft the newest published one.
-- name: came_before
SELECT b.id
  FROM layouts AS b
 WHERE b.valid_from IS NOT NULL AND b.id IS DISTINCT FROM %(layout)s
   AND b.valid_from < coalesce((SELECT l.valid_from FROM layouts AS l WHERE l.id = %(layout)s),
                               'infinity')
 ORDER BY b.valid_from DESC
 LIMIT 1

-- name: about
SELECT name, valid_from FROM layouts WHERE id = %(id)s

-- name: close_open
UPDATE layouts SET valid_to = %(valid_from)s
 WHERE valid_from IS NOT NULL AND valid_to IS NULL

-- name: open
UPDATE layouts
   SET valid_from = %(valid_from)s, published_at = clock_timestamp(), published_by = %(by)s
 WHERE id = %(id)s

-- name: back_to_draft
UPDATE layouts SET valid_from = NULL, published_at = NULL, published_by = '' WHERE id = %(id)s

-- The one before it holds on.
-- name: reopen
UPDATE layouts SET valid_to = NULL WHERE valid_to = %(valid_from)s

-- name: before
SELECT id FROM layouts WHERE valid_to = %(valid_from)s

-- name: add_layout
INSERT INTO layouts (name, source, seed, note)
VALUES (%(name)s, %(source)s, %(seed)s, %(note)s)
RETURNING id

-- name: add_again
INSERT INTO layouts (name, source, seed, note)
SELECT name, source, seed, note || jsonb_build_object('again', id)
  FROM layouts WHERE id = %(id)s
RETURNING id

-- name: copy_again
INSERT INTO areas (layout, code, level, parent, name, path, geom, center, area_m2, ur_class,
                   synthetic)
SELECT %(into)s, code, level, parent, name, path, geom, center, area_m2, ur_class, synthetic
  FROM areas WHERE layout = %(id)s

-- name: copy_areas
COPY areas (layout, code, level, parent, name, path, geom, center, area_m2, ur_class, synthetic)
FROM STDIN

-- Until the server looks by itself, it would take a layout of 13,000 cells for one of a few.
-- name: know_areas
ANALYZE areas

-- A draft of the same areas, or the newest published layout where it has them.
-- name: same_drawing
SELECT id, valid_from IS NOT NULL
FROM layouts
WHERE note ->> 'digest' = %(digest)s AND valid_to IS NULL
ORDER BY valid_from IS NULL, id
LIMIT 1

-- name: cells
SELECT code, path, public.ST_AsBinary(geom)
FROM areas
WHERE layout = %(layout)s AND level = 'grid'
ORDER BY code COLLATE "C"

-- name: cells_digest
-- Of what the index of a layout's cells is built from.
SELECT encode(sha256(string_agg(
         sha256(convert_to(code || chr(31) || path || chr(31), 'UTF8') || geom::bytea),
         ''::bytea ORDER BY code)), 'hex')
FROM areas
WHERE layout = %(layout)s AND level = 'grid'

-- name: areas
SELECT level, code, parent, name, path, public.ST_AsBinary(geom)
FROM areas
WHERE layout = %(layout)s
ORDER BY code COLLATE "C"
