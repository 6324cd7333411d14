-- name: stamp
SELECT number FROM team_stamp

-- name: answering
SELECT area, department, person, '' AS name, duty, full_time, valid_from, valid_to
  FROM members
 WHERE duty IN ('responsible', 'backup')
   AND (valid_to IS NULL OR valid_to > clock_timestamp() - interval '1 day')

-- name: absences
SELECT person, begins, ends, stand_in, reason
  FROM absences
 WHERE ends IS NULL OR ends > least(clock_timestamp() - interval '1 day', %(at)s::timestamptz)

-- name: answering_units
SELECT area, department, person, '' AS name, duty, full_time, valid_from, valid_to
  FROM members
 WHERE duty IN ('responsible', 'backup')
   AND (valid_to IS NULL
        OR valid_to > least(clock_timestamp() - interval '1 day', %(at)s::timestamptz))
   AND area = ANY(%(areas)s)

-- name: of_area
SELECT m.area, m.department, m.person, m.name, m.duty, m.full_time, m.valid_from, m.valid_to,
       a.begins, a.ends, a.stand_in
  FROM members AS m
  LEFT JOIN LATERAL (
       SELECT begins, ends, stand_in FROM absences
        WHERE person = m.person AND begins <= %(at)s AND (ends IS NULL OR ends > %(at)s)
        ORDER BY begins DESC LIMIT 1) AS a ON true
 WHERE m.area = %(area)s AND m.valid_from <= %(at)s
   AND (m.valid_to IS NULL OR m.valid_to > %(at)s)
 ORDER BY m.department <> '' AND m.duty <> 'sent', m.department,
          array_position(ARRAY['responsible', 'backup', 'assistant', 'sent'], m.duty), m.person

-- name: places_of
SELECT a.path, m.department, m.duty
  FROM members AS m
  LEFT JOIN areas AS a ON a.code = m.area AND a.layout = %(layout)s
 WHERE m.person = %(person)s AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp())

-- name: gaps
SELECT a.code, a.level, a.name, duty
  FROM areas AS a
 CROSS JOIN unnest(%(duties)s::text[]) AS duty
 WHERE a.layout = %(layout)s AND a.level = ANY(%(levels)s)
   AND a.path >= %(path_low)s AND a.path < %(path_high)s
   AND NOT EXISTS (
       SELECT FROM members AS m
        WHERE m.area = a.code AND m.department = '' AND m.duty = duty
          AND m.valid_from <= clock_timestamp()
          AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp()))
 ORDER BY a.path, duty DESC

-- name: department_gaps
SELECT a.code, d.code, a.name
  FROM areas AS a
 CROSS JOIN unnest(%(departments)s::text[]) AS d (code)
 WHERE a.layout = %(layout)s AND a.level = 'district'
   AND a.path >= %(path_low)s AND a.path < %(path_high)s
   AND NOT EXISTS (
       SELECT FROM members AS m
        WHERE m.area = a.code AND m.department = d.code AND m.duty = 'responsible'
          AND m.valid_from <= clock_timestamp()
          AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp()))
 ORDER BY a.path, d.code

-- name: lock_teams
SELECT number FROM team_stamp FOR UPDATE

-- Of the layout in force, and of one that waits to begin what is new in it.
-- name: known_areas
SELECT DISTINCT ON (code) code, level, path
  FROM areas
 WHERE layout = %(layout)s
    OR layout IN (SELECT id FROM layouts WHERE valid_from > clock_timestamp())
 ORDER BY code, layout = %(layout)s DESC

-- name: known_keys
SELECT 'key:' || id FROM api_keys WHERE revoked_at IS NULL

-- name: stored
SELECT id, area, department, person, name, duty, full_time, valid_from, valid_to
  FROM members
 WHERE valid_to IS NULL OR valid_to > %(since)s

-- name: any_member
SELECT EXISTS (SELECT FROM members)

-- name: copy_members
COPY members (area, department, person, name, duty, full_time, valid_from, valid_to) FROM STDIN

-- name: change_members
UPDATE members AS m
   SET name = n.name, full_time = n.full_time, valid_to = n.valid_to
  FROM unnest(%(id)s::bigint[], %(name)s::text[], %(full_time)s::boolean[],
              %(valid_to)s::timestamptz[]) AS n (id, name, full_time, valid_to)
 WHERE m.id = n.id

-- name: drop_members
DELETE FROM members WHERE id = ANY(%(ids)s)

-- name: in_force_of
SELECT m.id, m.area, m.department, m.person, m.name, m.duty, m.full_time, m.valid_from,
       m.valid_to
  FROM members AS m
  JOIN areas AS a ON a.code = m.area AND a.layout = %(layout)s
 WHERE m.person = ANY(%(persons)s) AND (m.valid_to IS NULL OR m.valid_to > %(at)s)
   AND a.path >= %(path_low)s AND a.path < %(path_high)s
 ORDER BY m.id

-- name: name_of
SELECT name FROM members WHERE person = %(person)s ORDER BY valid_from DESC LIMIT 1

-- name: overlapping
SELECT id, begins, ends, stand_in FROM absences
 WHERE person = %(person)s AND (ends IS NULL OR ends > %(begins)s)
   AND (%(ends)s::timestamptz IS NULL OR begins < %(ends)s)
 ORDER BY begins

-- name: add_absence
INSERT INTO absences (person, begins, ends, stand_in, reason, by)
VALUES (%(person)s, %(begins)s, %(ends)s, %(stand_in)s, %(reason)s, %(by)s)
RETURNING id

-- name: note_act
INSERT INTO audit (principal, act, subject) VALUES (%(principal)s, %(act)s, %(subject)s)
