-- What cases were before this version of wangge kept it, made from their events.

-- name: cases
SELECT c.id::text,
       (SELECT array_agg(e.body ORDER BY e.number) FROM case_events AS e WHERE e.case_id = c.id)
  FROM cases AS c
 WHERE c.id > %(after)s::uuid
 ORDER BY c.id
 LIMIT %(n)s

-- name: versions
CREATE TEMPORARY TABLE made_versions (LIKE case_history) ON COMMIT DROP

-- name: copy_versions
COPY made_versions (case_id, since, until, status, size, category, path, cell, layout, level,
       handler_kind, department, assisting, stage, warn_at, due_at, promise_due, paused, reports,
       parent, closed_at, handler_person, asks, marks, point) FROM STDIN

-- In the order in which the trigger would have written them: so the index over `until` is small.
-- name: save_versions
INSERT INTO case_history (case_id, since, until, status, size, category, path, cell, layout, level,
       handler_kind, department, assisting, stage, warn_at, due_at, promise_due, paused, reports,
       parent, closed_at, handler_person, asks, marks, point)
SELECT case_id, since, until, status, size, category, path, cell, layout, level, handler_kind,
       department, assisting, stage, warn_at, due_at, promise_due, paused, reports, parent,
       closed_at, handler_person, asks, marks, point
  FROM made_versions
 ORDER BY until

-- What is known of a case from an instant on is written again: the same events give the same rows.
-- name: forget_facts
DELETE FROM fact_history AS h
 USING unnest(%(case_id)s::uuid[], %(begin)s::timestamptz[]) AS n (case_id, begin)
 WHERE h.case_id = n.case_id AND h.since >= n.begin

-- name: end_facts
UPDATE fact_history AS h SET until = n.begin
  FROM unnest(%(case_id)s::uuid[], %(begin)s::timestamptz[]) AS n (case_id, begin)
 WHERE h.case_id = n.case_id AND h.until > n.begin

-- name: copy_facts
COPY fact_history (case_id, since, until, accepted_at, handled_at, handle_late, closed_late, rework,
       escalations, cards) FROM STDIN
