-- name: hold
UPDATE outbox AS o
   SET held_until = clock_timestamp() + make_interval(secs => %(hold_s)s)
  FROM (SELECT id FROM outbox
         WHERE channel = %(channel)s AND state = 'waiting' AND next_try <= clock_timestamp()
           AND (held_until IS NULL OR held_until <= clock_timestamp())
         ORDER BY next_try, id
         LIMIT %(limit)s
           FOR UPDATE SKIP LOCKED) AS due,
       notices AS n
 WHERE o.id = due.id AND n.feed = o.feed AND n.place = o.place
RETURNING o.id, o.attempts, o.created_at, n.case_id::text, n.area, n.department, n.person,
          n.report::text, n.template, n.facts, n.at

-- name: phones
SELECT report_id::text, reporter->>'phone'
  FROM report_people
 WHERE report_id = ANY(%(reports)s::uuid[]) AND reporter->>'phone' <> ''

-- name: taken
UPDATE outbox
   SET state = 'taken', attempts = attempts + 1, held_until = NULL, last_status = %(status)s,
       reason = '', changed_at = clock_timestamp()
 WHERE id = %(id)s AND state = 'waiting'

-- name: given_up
UPDATE outbox
   SET state = 'given_up', attempts = attempts + %(tries)s, held_until = NULL,
       last_status = %(status)s, reason = %(reason)s, changed_at = clock_timestamp()
 WHERE id = %(id)s AND state = 'waiting'

-- name: later
UPDATE outbox
   SET attempts = attempts + 1, held_until = NULL, last_status = %(status)s, reason = %(reason)s,
       next_try = clock_timestamp() + make_interval(secs => %(wait_s)s),
       changed_at = clock_timestamp()
 WHERE id = %(id)s AND state = 'waiting'

-- name: let_go
UPDATE outbox SET held_until = NULL WHERE id = ANY(%(ids)s) AND state = 'waiting'

-- name: waiting
SELECT o.channel, count(*) FILTER (WHERE o.state = 'waiting'),
       coalesce(extract(epoch FROM clock_timestamp()
                - min(o.created_at) FILTER (WHERE o.state = 'waiting')), 0),
       count(*) FILTER (WHERE o.state = 'given_up'
                          AND o.changed_at > clock_timestamp() - interval '1 day')
  FROM outbox AS o
 GROUP BY o.channel
 ORDER BY o.channel
