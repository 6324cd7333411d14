-- What waits for somebody: `chosen`, one of the conditions, and `page` or the count of it.
-- `low` and `high` bound the paths within the principal's area, `unit_low` and `unit_high` those of
-- its unit, `mine` is the area itself; `own` is a department or empty.

-- name: chosen
SELECT c.id, c.state, c.stage, l.light, c.warn_at, c.due_at, c.received_at, c.changed_at,
       c.closed_at, c.marks
  FROM cases AS c
 CROSS JOIN LATERAL (
     SELECT CASE WHEN c.due_at IS NULL THEN NULL
                 WHEN c.paused THEN 'grey'
                 WHEN c.due_at <= %(now)s THEN 'red'
                 WHEN c.warn_at <= %(now)s THEN 'yellow'
                 ELSE 'green' END AS light) AS l
 WHERE true

-- name: counted
SELECT count(*) FROM (
    SELECT FROM cases AS c WHERE true

-- name: live
   AND c.closed_at IS NULL

-- name: unit
   AND c.department = %(own)s AND c.handler_path >= %(unit_low)s AND c.handler_path < %(unit_high)s
   AND (%(own)s = '' OR (c.path >= %(low)s AND c.path < %(high)s))

-- name: check
   AND c.status = 'received' AND NOT c.paused

-- name: accept
   AND c.status = 'open' AND NOT c.paused

-- name: work
   AND c.status = 'working' AND NOT c.paused AND c.handler_person IN ('', %(me)s)

-- name: feed_back
   AND c.state LIKE '%%"stage":"feedback"%%'
   AND EXISTS (SELECT FROM jsonb_array_elements(c.state::jsonb -> 'deadlines') AS d
                WHERE d ->> 'stage' = 'feedback')

-- name: part
   AND c.assisting <> '{}' AND c.assisting @> ARRAY[%(own)s] AND NOT c.paused
   AND c.path >= %(low)s AND c.path < %(high)s AND c.status IN ('open', 'working')
   AND EXISTS (SELECT FROM jsonb_array_elements(c.state::jsonb #> '{aside,parts}') AS p
                WHERE p ->> 'department' = %(own)s AND NOT coalesce((p ->> 'done')::bool, false))

-- name: assign
   AND c.charge_path = %(mine)s AND c.status IN ('open', 'working') AND NOT c.paused
   AND c.state LIKE '%%"stage":"assign"%%'
   AND EXISTS (SELECT FROM jsonb_array_elements(c.state::jsonb -> 'deadlines') AS d
                WHERE d ->> 'stage' = 'assign')

-- name: tell
   AND c.charge_path = %(mine)s AND c.size = 'emergency' AND c.state ~ '"stage":"(tell|write)"'
   AND EXISTS (SELECT FROM jsonb_array_elements(c.state::jsonb -> 'deadlines') AS d
                WHERE d ->> 'stage' IN ('tell', 'write'))

-- name: review
   AND c.status = 'handled' AND NOT c.paused AND c.path >= %(low)s AND c.path < %(high)s
   AND c.state LIKE '%%"reviews":[%%'
   AND c.state::jsonb #>> '{aside,reviews,0}' = %(level)s

-- The cell's worker verifies first, but the community where the lot fell on what was settled. Each
-- check that is missed moves it one level up; who is below may still do it.
-- name: verify
   AND %(step)s >= 0
   AND c.status = 'handled' AND NOT c.paused AND c.path >= %(low)s AND c.path < %(high)s
   AND c.state NOT LIKE '%%"reviews":[%%'
   AND c.state::jsonb #>> '{charge,handled_by}' IS DISTINCT FROM %(me)s
   AND (SELECT CASE WHEN bool_or(d ->> 'who' = 'recheck') THEN %(step)s BETWEEN 1 AND count(*)
                    ELSE %(step)s BETWEEN 0 AND greatest(count(*), 1) - 1 END
          FROM jsonb_array_elements(c.state::jsonb -> 'deadlines') AS d
         WHERE d ->> 'stage' = 'verify')

-- Appeals are a supervisor's, and wait on cases that are over as well.
-- name: answer
   AND c.asks <> '{}' AND c.path >= %(low)s AND c.path < %(high)s
   AND EXISTS (SELECT FROM jsonb_array_elements(c.state::jsonb #> '{aside,asks}') AS a
                WHERE a ->> 'by' <> %(me)s
                  AND CASE WHEN a ->> 'kind' = 'appeal' THEN %(supervises)s
                           ELSE a ->> 'area' = %(mine)s END)

-- name: call_back
   AND c.status = 'verified' AND NOT c.paused AND c.path >= %(low)s AND c.path < %(high)s
   AND coalesce((c.state::jsonb #>> '{aside,rounds}')::int, 0) <= %(rounds)s
   AND c.state::jsonb #>> '{charge,handled_by}' IS DISTINCT FROM %(me)s

-- name: page
   AND (%(after_id)s::uuid IS NULL
        OR (coalesce(c.due_at, 'infinity'), c.id)
           > (coalesce(%(after_due)s::timestamptz, 'infinity'), %(after_id)s))
 ORDER BY coalesce(c.due_at, 'infinity'), c.id
 LIMIT %(limit)s

-- name: count_end
     LIMIT %(most)s) AS found
