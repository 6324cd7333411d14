-- name: next_numbers
SELECT nextval('case_numbers') FROM generate_series(1, %(n)s)

-- name: copy_events
COPY case_events (case_id, number, type, at, by, path, path_before, status, status_before,
                  level, level_before, body) FROM STDIN

-- name: copy_pending
COPY feed_pending (case_id, number) FROM STDIN

-- name: wake_sequencer
SELECT pg_notify('pending', '')

-- name: copy_cases
COPY cases (id, number, status, size, category, source, path, cell, layout, level, charge_path,
            handler_kind, handler_path, department, stage, warn_at, due_at, promise_due, next_tick,
            version, reports, parent, changed_at, closed_at, paused, handler_person, assisting,
            asks, marks, state, received_at, point) FROM STDIN

-- name: update_cases
UPDATE cases AS c
   SET status = n.status, size = n.size, category = n.category, path = n.path, cell = n.cell,
       layout = n.layout, level = n.level, charge_path = n.charge_path,
       handler_kind = n.handler_kind, handler_path = n.handler_path, department = n.department,
       stage = n.stage, warn_at = n.warn_at, due_at = n.due_at, promise_due = n.promise_due,
       next_tick = n.next_tick, version = n.version, reports = n.reports, parent = n.parent,
       changed_at = n.changed_at, closed_at = n.closed_at, paused = n.paused,
       handler_person = n.handler_person, assisting = n.assisting::text[], asks = n.asks::text[],
       marks = n.marks::text[], state = n.state, point = public.ST_GeomFromEWKB(decode(n.point, 'hex')),
       tick_failures = 0, retry_at = NULL
  FROM unnest(%(id)s::uuid[], %(was)s::int[], %(status)s::text[], %(size)s::text[],
              %(category)s::text[], %(path)s::text[], %(cell)s::text[], %(layout)s::int[],
              %(level)s::text[], %(charge_path)s::text[], %(handler_kind)s::text[],
              %(handler_path)s::text[], %(department)s::text[], %(stage)s::text[],
              %(warn_at)s::timestamptz[], %(due_at)s::timestamptz[],
              %(promise_due)s::timestamptz[], %(next_tick)s::timestamptz[], %(version)s::int[],
              %(reports)s::int[], %(parent)s::uuid[], %(changed_at)s::timestamptz[],
              %(closed_at)s::timestamptz[], %(paused)s::bool[], %(handler_person)s::text[],
              %(assisting)s::text[], %(asks)s::text[], %(marks)s::text[], %(state)s::text[],
              %(point)s::text[])
    AS n (id, was, status, size, category, path, cell, layout, level, charge_path, handler_kind,
          handler_path, department, stage, warn_at, due_at, promise_due, next_tick, version,
          reports, parent, changed_at, closed_at, paused, handler_person, assisting, asks, marks,
          state, point)
 WHERE c.id = n.id AND c.version = n.was

-- name: lock_cases
SELECT state FROM cases WHERE id = ANY(%(ids)s::uuid[]) ORDER BY id FOR UPDATE

-- name: history
SELECT number, body FROM case_events WHERE case_id = %(id)s ORDER BY number

-- name: save_note
INSERT INTO notes (digest, case_id, salt, body, by)
VALUES (%(digest)s, %(case_id)s, %(salt)s, %(body)s, %(by)s)

-- name: lock_command
SELECT pg_advisory_xact_lock(hashtextextended(%(principal)s || ' ' || %(id)s, 0))

-- name: command_answer
SELECT body, status, answer FROM commands WHERE principal = %(principal)s AND id = %(id)s

-- name: save_answer
INSERT INTO commands (principal, id, body, status, answer)
VALUES (%(principal)s, %(id)s, %(body)s, %(status)s, %(answer)s)

-- name: clock
SELECT clock_timestamp()
