-- Live cases that are under a layout which holds no more, to be put under the one that does.

-- Those that somebody else is at are passed over: whoever looks next finds them, or finds them done.
-- name: waiting
SELECT c.id::text, c.state
  FROM cases AS c
 WHERE c.closed_at IS NULL
   AND c.layout = ANY(ARRAY(SELECT l.id FROM layouts AS l
                             WHERE l.valid_to <= clock_timestamp() OR l.valid_from IS NULL))
   AND NOT c.id = ANY(%(but)s::uuid[])
 LIMIT %(limit)s
   FOR UPDATE OF c SKIP LOCKED

-- name: any_waiting
SELECT EXISTS (
    SELECT FROM cases AS c
     WHERE c.closed_at IS NULL
       AND c.layout = ANY(ARRAY(SELECT l.id FROM layouts AS l
                                 WHERE l.valid_to <= clock_timestamp() OR l.valid_from IS NULL)))

-- How many wait, and since when the first of them does: its layout is over, and it has not changed.
-- name: backlog
SELECT count(*),
       coalesce(extract(epoch FROM clock_timestamp() - min(greatest(c.changed_at, l.valid_to))), 0)
  FROM cases AS c
  JOIN layouts AS l ON l.id = c.layout
 WHERE c.closed_at IS NULL
   AND c.layout = ANY(ARRAY(SELECT o.id FROM layouts AS o
                             WHERE o.valid_to <= clock_timestamp() OR o.valid_from IS NULL))

-- Which of these persons have a duty in the unit named beside them; all where nobody is known to.
-- name: belonging
SELECT n.place
  FROM unnest(%(area)s::text[], %(department)s::text[], %(person)s::text[])
       WITH ORDINALITY AS n (area, department, person, place)
  LEFT JOIN members AS m ON m.area = n.area AND m.department = n.department
        AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp())
 GROUP BY n.place
HAVING coalesce(bool_or(m.person = n.person), true)

-- What somebody has over an area is over the area of that code, wherever the layout in force puts it.
-- name: keys_follow
UPDATE api_keys AS k
   SET area = a.path
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.code = split_part(k.area, '/', -2) AND a.path <> k.area
   AND k.revoked_at IS NULL

-- name: webhooks_follow
UPDATE webhooks AS w
   SET area = a.path
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.code = split_part(w.area, '/', -2) AND a.path <> w.area

-- name: readers_follow
UPDATE readers AS r
   SET area = a.path
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.code = split_part(r.area, '/', -2) AND a.path <> r.area

-- name: hand_overs_follow
UPDATE hand_overs AS h
   SET unit_path = a.path
  FROM areas AS a
 WHERE a.layout = %(layout)s AND a.code = split_part(h.unit_path, '/', -2)
   AND a.path <> h.unit_path AND h.done_at IS NULL
