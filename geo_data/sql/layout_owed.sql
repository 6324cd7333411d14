-- What a new layout still owes: people for its new areas, keys for areas that it has no more.

-- Areas whose codes the layout before had not, and for whom nobody answers when the layout holds.
-- name: areas
SELECT a.code, a.level, a.name
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.level <> 'city'
   AND NOT EXISTS (SELECT FROM areas AS b WHERE b.layout = %(before)s AND b.code = a.code)
   AND NOT EXISTS (
       SELECT FROM members AS m
        WHERE m.area = a.code AND m.department = '' AND m.duty = 'responsible'
          AND m.valid_from <= %(at)s AND (m.valid_to IS NULL OR m.valid_to > %(at)s))
 ORDER BY a.path

-- Keys, webhooks and readers of the database over an area whose code the layout has not.
-- name: rights
SELECT kind, id, role, name, code
  FROM (SELECT 'key' AS kind, k.id, k.role, k.name, split_part(k.area, '/', -2) AS code
          FROM api_keys AS k WHERE k.revoked_at IS NULL
         UNION ALL
        SELECT 'webhook', w.id, '', w.name, split_part(w.area, '/', -2) FROM webhooks AS w
         UNION ALL
        SELECT 'reader', r.role::text, '', '', split_part(r.area, '/', -2) FROM readers AS r
       ) AS given
 WHERE NOT EXISTS (SELECT FROM areas AS a WHERE a.layout = %(layout)s AND a.code = given.code)
 ORDER BY kind, code, id

-- Whose key was revoked can be named no more.
-- name: members
SELECT m.area, m.department, m.person, m.name, m.duty, m.full_time, m.valid_from, m.valid_to
  FROM members AS m
 WHERE m.area = ANY(%(areas)s) AND (m.valid_to IS NULL OR m.valid_to > %(at)s)
   AND (m.person NOT LIKE 'key:%%'
        OR EXISTS (SELECT FROM api_keys AS k
                    WHERE 'key:' || k.id = m.person AND k.revoked_at IS NULL))
 ORDER BY m.area, m.department,
          array_position(ARRAY['responsible', 'backup', 'assistant', 'sent'], m.duty), m.person

-- name: sizes
SELECT code, area_m2 FROM areas WHERE layout = %(layout)s AND code = ANY(%(codes)s)

-- When the layout holds, or now where it does already or is a draft.
-- name: holds
SELECT greatest(clock_timestamp(), valid_from), valid_from > clock_timestamp()
  FROM layouts WHERE id = %(layout)s
