-- Layouts and their areas.

-- name: close_open
UPDATE layouts SET valid_to = %(valid_from)s WHERE valid_to IS NULL;

-- name: add_layout
INSERT INTO layouts (name, source, seed, note, valid_from)
VALUES (%(name)s, %(source)s, %(seed)s, %(note)s, %(valid_from)s)
RETURNING id;

-- name: copy_areas
COPY areas (layout, code, level, parent, name, path, geom, center, area_m2, ur_class, synthetic)
FROM STDIN;

-- name: same_drawing
SELECT id
FROM layouts
WHERE note ->> 'digest' = %(digest)s AND valid_to IS NULL;

-- name: cells
SELECT code, path, public.ST_AsBinary(geom)
FROM areas
WHERE layout = %(layout)s AND level = 'grid'
ORDER BY code COLLATE "C";
