-- A list is `listed`, where from (`present` or `before`), `lights`, whose (`seen` or `seen_before`),
-- `filtered` and one of the orders; light is what the clock makes of the row.

-- name: listed
SELECT c.id, c.state, c.stage, l.light, c.warn_at, c.due_at, c.received_at, c.changed_at,
       c.closed_at, c.marks

-- name: present
  FROM cases AS c

-- As features_at.sql has it: what a case was at the instant `now`, and where it is now. Its state is
-- made of its events.
-- name: before
  FROM (SELECT c.id, NULL AS state, c.number, c.status, c.size, c.category, c.path, c.level,
               c.handler_kind, c.handler_person, c.department, c.assisting, c.asks, c.marks,
               c.stage, c.warn_at, c.due_at, c.paused, c.received_at, c.changed_at, c.closed_at,
               c.point, c.path AS path_now, c.department AS department_now,
               c.assisting AS assisting_now
          FROM cases AS c
         WHERE c.changed_at <= %(now)s::timestamptz
        UNION ALL
        SELECT c.id, NULL, c.number, h.status, h.size, h.category, h.path, h.level,
               h.handler_kind, h.handler_person, h.department, h.assisting, h.asks, h.marks,
               h.stage, h.warn_at, h.due_at, h.paused, c.received_at, h.since, h.closed_at,
               coalesce(h.point, c.point), c.path, c.department, c.assisting
          FROM cases AS c
          JOIN case_history AS h ON h.case_id = c.id
               AND h.since <= %(now)s::timestamptz AND h.until > %(now)s::timestamptz
               AND tstzrange(h.since, h.until) @> %(now)s::timestamptz) AS c

-- name: lights
 CROSS JOIN LATERAL (
     SELECT CASE WHEN c.due_at IS NULL THEN NULL
                 WHEN c.paused THEN 'grey'
                 WHEN c.due_at <= %(now)s THEN 'red'
                 WHEN c.warn_at <= %(now)s THEN 'yellow'
                 ELSE 'green' END AS light) AS l

-- name: seen
 WHERE c.path >= %(path_low)s AND c.path < %(path_high)s
   AND (%(own)s = '' OR c.department = %(own)s OR c.assisting @> ARRAY[%(own)s])

-- Who sees a case now sees what it was; `area` is where it was.
-- name: seen_before
 WHERE c.path_now >= %(path_low)s AND c.path_now < %(path_high)s
   AND (%(own)s = '' OR c.department_now = %(own)s OR c.assisting_now @> ARRAY[%(own)s])
   AND c.path >= %(area_low)s AND c.path < %(area_high)s

-- name: filtered
   AND (%(ident)s::uuid IS NULL OR c.id = %(ident)s)
   AND (%(number)s::text IS NULL OR c.number = %(number)s)
   AND (%(report)s::uuid IS NULL
        OR c.id = (SELECT r.case_id FROM reports AS r WHERE r.id = %(report)s))
   AND (%(status)s::text[] IS NULL OR c.status = ANY(%(status)s))
   AND (%(level)s::text[] IS NULL OR c.level = ANY(%(level)s))
   AND (%(size)s::text[] IS NULL OR c.size = ANY(%(size)s))
   AND (%(light)s::text[] IS NULL OR l.light = ANY(%(light)s))
   AND (%(handler_kind)s::text IS NULL OR c.handler_kind = %(handler_kind)s)
   AND (%(department)s::text IS NULL OR c.department = %(department)s)
   AND (%(person)s::text IS NULL OR c.handler_person = %(person)s)
   AND (%(paused)s::bool IS NULL OR c.paused = %(paused)s)
   AND (%(ask)s::text[] IS NULL OR c.asks && %(ask)s)
   AND (%(asking)s::bool IS NULL OR (c.asks <> '{}') = %(asking)s)
   AND (%(late)s::bool IS NULL
        OR (c.marks <> '{}' AND c.marks && '{standing,appealed}') = %(late)s)
   AND (%(card)s::bool IS NULL OR (c.marks <> '{}' AND c.marks @> '{card}') = %(card)s)
   AND (%(long_term)s::bool IS NULL
        OR (c.marks <> '{}' AND c.marks @> '{long_term}') = %(long_term)s)
   AND (%(category)s::text IS NULL OR c.category = %(category)s
        OR starts_with(c.category, %(category)s || '.'))
   AND (%(received_from)s::timestamptz IS NULL OR c.received_at >= %(received_from)s)
   AND (%(received_to)s::timestamptz IS NULL OR c.received_at < %(received_to)s)
   AND (%(west)s::float8 IS NULL OR c.point && public.ST_MakeEnvelope(
            %(west)s, %(south)s, %(east)s, %(north)s, 4326))

-- name: newest
   AND (%(after_id)s::uuid IS NULL OR c.id < %(after_id)s)
 ORDER BY c.id DESC
 LIMIT %(limit)s

-- name: oldest
   AND (%(after_id)s::uuid IS NULL OR c.id > %(after_id)s)
 ORDER BY c.id
 LIMIT %(limit)s

-- name: due
   AND (%(after_id)s::uuid IS NULL
        OR (coalesce(c.due_at, 'infinity'), c.id)
           > (coalesce(%(after_due)s::timestamptz, 'infinity'), %(after_id)s))
 ORDER BY coalesce(c.due_at, 'infinity'), c.id
 LIMIT %(limit)s

-- name: now
SELECT statement_timestamp()

-- name: identify
SELECT id FROM cases WHERE id = %(ident)s::uuid OR number = %(number)s::text

-- name: briefly
SELECT id, number, status, version FROM cases WHERE id = %(id)s

-- name: visible
SELECT c.id, c.received_at FROM cases AS c
 WHERE (c.id = %(ident)s::uuid OR c.number = %(number)s::text)
   AND c.path >= %(path_low)s AND c.path < %(path_high)s
   AND (%(own)s = '' OR c.department = %(own)s OR c.assisting @> ARRAY[%(own)s])

-- name: reports
SELECT r.id, r.received_at, r.category, r.lon, r.lat, d.description, d.place, d.attachments,
       d.external_number, d.settled
  FROM reports AS r
  LEFT JOIN report_details AS d ON d.report_id = r.id
 WHERE r.case_id = %(id)s
 ORDER BY r.received_at, r.id
 LIMIT %(limit)s

-- name: children
SELECT id, number FROM cases WHERE parent = %(id)s ORDER BY id LIMIT %(limit)s

-- name: notes
SELECT digest, body FROM notes WHERE case_id = %(id)s

-- name: people
SELECT p.report_id, p.reporter
  FROM reports AS r
  JOIN report_people AS p ON p.report_id = r.id
 WHERE r.case_id = %(id)s
 ORDER BY r.received_at, r.id

-- name: note_look
INSERT INTO audit (principal, act, subject) VALUES (%(principal)s, 'people read', %(subject)s)

-- What had happened to some cases by an instant.
-- name: past
SELECT case_id::text, body FROM case_events
 WHERE case_id = ANY(%(ids)s::uuid[]) AND at <= %(at)s
 ORDER BY case_id, number

-- name: numbers
SELECT id, number FROM cases WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id
