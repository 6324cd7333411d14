-- name: order_absence
INSERT INTO hand_overs (person, absence, due_at, by)
VALUES (%(person)s, %(absence)s, %(due_at)s, %(by)s)

-- name: order_units
INSERT INTO hand_overs (person, successor, unit_path, department, due_at, by)
SELECT * FROM unnest(%(person)s::text[], %(successor)s::text[], %(unit_path)s::text[],
                     %(department)s::text[], %(due_at)s::timestamptz[], %(by)s::text[])

-- name: forget_planned
DELETE FROM hand_overs
 WHERE done_at IS NULL AND absence IS NULL AND successor IS NULL AND due_at > clock_timestamp()
   AND (unit_path, department) IN (
       SELECT * FROM unnest(%(unit_path)s::text[], %(department)s::text[]))

-- name: due
SELECT h.id, h.person, h.successor, h.unit_path, h.department, h.by, h.reached, h.waiting,
       h.absence IS NOT NULL,
       NOT coalesce(a.ends <= clock_timestamp(), false)
  FROM hand_overs AS h
  LEFT JOIN absences AS a ON a.id = h.absence
 WHERE h.done_at IS NULL AND h.due_at <= clock_timestamp()
   AND (h.retry_at IS NULL OR h.retry_at <= clock_timestamp())
 ORDER BY h.retry_at NULLS FIRST, h.due_at, h.id
 LIMIT 1
   FOR UPDATE OF h SKIP LOCKED

-- name: still_there
SELECT EXISTS (
    SELECT FROM members AS m
     WHERE m.area = %(area)s AND m.person = %(person)s
       AND (m.department = %(department)s OR (m.duty = 'sent' AND %(department)s = ''))
       AND m.valid_from <= clock_timestamp()
       AND (m.valid_to IS NULL OR m.valid_to > clock_timestamp()))

-- name: open_work
SELECT id::text FROM cases
 WHERE handler_person = %(person)s AND handler_person <> '' AND closed_at IS NULL
   AND id > coalesce(%(reached)s::uuid, '00000000-0000-0000-0000-000000000000')
   AND (%(unit_path)s::text IS NULL
        OR (handler_path = %(unit_path)s AND department = %(department)s))
 ORDER BY id
 LIMIT %(limit)s

-- name: go_on
UPDATE hand_overs
   SET reached = %(reached)s, waiting = waiting + %(waiting)s, handed = handed + %(handed)s
 WHERE id = %(id)s

-- name: finish
UPDATE hand_overs
   SET waiting = 0, handed = handed + %(handed)s, done_at = clock_timestamp()
 WHERE id = %(id)s

-- name: again
UPDATE hand_overs
   SET reached = NULL, waiting = 0, handed = handed + %(handed)s,
       retry_at = clock_timestamp() + make_interval(secs => %(seconds)s)
 WHERE id = %(id)s

-- name: next_due
SELECT min(greatest(due_at, coalesce(retry_at, due_at))) - clock_timestamp()
  FROM hand_overs WHERE done_at IS NULL
