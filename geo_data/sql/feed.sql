-- name: try_lock
SELECT pg_try_advisory_xact_lock(hashtextextended('feed of ' || current_schema(), 0))

-- name: head
SELECT epoch, number, hash, clock_timestamp() FROM feed_head

-- name: pending
SELECT p.id, p.case_id::text, p.number, e.body
  FROM (SELECT id, case_id, number FROM feed_pending ORDER BY id LIMIT %(limit)s) AS p
  -- by index, row by row: OFFSET 0 keeps the planner from reading the whole history instead
  JOIN LATERAL (SELECT body FROM case_events AS h
                 WHERE h.case_id = p.case_id AND h.number = p.number OFFSET 0) AS e ON true
 ORDER BY p.id

-- name: is_pending
SELECT EXISTS (SELECT FROM feed_pending)

-- name: take_pending
DELETE FROM feed_pending WHERE id = ANY(%(ids)s::bigint[])

-- name: copy_feed
COPY feed (number, case_id, event, hash) FROM STDIN

-- name: move_head
UPDATE feed_head SET number = %(number)s, hash = %(hash)s

-- name: announce
SELECT pg_notify('feed', %(number)s::text)

-- name: read
SELECT f.number, f.hash, f.case_id::text, f.event, e.type, e.at, e.by, e.path, e.path_before,
       e.status, e.status_before, e.level, e.level_before, e.body
  FROM (SELECT number, hash, case_id, event FROM feed WHERE number > %(after)s
         ORDER BY number LIMIT %(limit)s) AS f
  JOIN LATERAL (SELECT * FROM case_events AS h
                 WHERE h.case_id = f.case_id AND h.number = f.event OFFSET 0) AS e ON true
 ORDER BY f.number

-- name: listen_pending
LISTEN pending

-- name: listen_feed
LISTEN feed

-- name: add_follower
INSERT INTO followers (name) VALUES (%(name)s) ON CONFLICT DO NOTHING

-- name: lock_follower
SELECT cursor FROM followers WHERE name = %(name)s FOR UPDATE SKIP LOCKED

-- name: move_follower
UPDATE followers SET cursor = %(cursor)s, changed_at = clock_timestamp() WHERE name = %(name)s

-- name: add_counts
INSERT INTO counters (area, measure, n)
SELECT n.area, n.measure, n.n
  FROM unnest(%(area)s::text[], %(measure)s::text[], %(n)s::bigint[]) AS n (area, measure, n)
 ORDER BY n.area COLLATE "C", n.measure
ON CONFLICT (area, measure) DO UPDATE SET n = counters.n + excluded.n

-- name: lock_anchor
SELECT true FROM followers
 WHERE name = %(name)s AND (cursor = 0 OR changed_at < clock_timestamp() - interval '1 hour')
   FOR UPDATE SKIP LOCKED

-- Which of these events a department hears: of the cases that it works on, and the one by which it
-- lost a case.
-- name: of_department
SELECT w.case_id::text, w.event
  FROM unnest(%(cases)s::uuid[], %(events)s::int[]) AS w (case_id, event)
  JOIN cases AS c ON c.id = w.case_id
 WHERE c.department = %(department)s OR c.assisting @> ARRAY[%(department)s]
    OR (SELECT e.body::jsonb #>> '{data,charge,handler,code}'
          FROM case_events AS e
         WHERE e.case_id = w.case_id AND e.number < w.event AND e.body LIKE '%%"charge":%%'
         ORDER BY e.number DESC
         LIMIT 1) = %(department)s
